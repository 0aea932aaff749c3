// --import this: of an exception that nobody catches, only the stack is printed. node prints the source line too,
// which for minified glue is all of it, and more than a pipe takes before the process has ended.
process.setUncaughtExceptionCaptureCallback((reason) => {
  console.error(reason?.stack ?? reason);
  process.exitCode = 1;
});
