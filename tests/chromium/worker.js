// The worker of an app under test.
trustedTypes.createPolicy('default', { createScriptURL: (url) => url });
importScripts('/run.js');
onmessage = ({ data }) => run(data, (told) => postMessage(told));
