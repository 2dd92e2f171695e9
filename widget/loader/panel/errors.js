// What goes wrong, told three times: in the console for whoever looks, in the `error` event for the site's script, and
// as the rejection of the promise that was waiting.

export const problem = (code, message) => Object.assign(new Error(`Parlor: ${message}`), { code });

export const reporter = (core) => (code, message) => {
  const error = problem(code, message);
  console.error(error.message);
  core.emit("error", { code, message });
  return error;
};

// A call of the site's script that cannot be meant: names the argument and what it may be.
export const misuse = (method, argument, may) => {
  const error = problem("argument_invalid", `${method}: ${argument} must be ${may}`);
  console.error(error.message);
  return error;
};
