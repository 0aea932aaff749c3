// The page of an app under test: starts the program, in a dedicated worker or (?in=window) here, and keeps what it tells.
trustedTypes.createPolicy('default', { createScriptURL: (url) => url });
const { dataset } = document.documentElement;
const query = new URLSearchParams(location.search);

function tell({ state, exit, stream, text }) {
  if (exit !== undefined) dataset.exit = exit;
  if (state) dataset.state = state;
  if (!stream) return;
  const span = document.createElement('span');
  span.className = stream;
  span.textContent = text;
  document.getElementById('output').append(span);
}

const args = query.getAll('arg');
if (query.get('in') === 'window') {
  run(args, tell);
} else {
  const worker = new Worker(`/worker.js${location.search}`);
  worker.onmessage = ({ data }) => tell(data);
  worker.onerror = () => tell({ state: 'failed' });
  worker.postMessage(args);
}
