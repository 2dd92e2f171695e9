// The link's plain case: one WebSocket. `link.js`, which comes after what is needed at once, knows the others; where it
// does not come, this serves.
//
// A link tells its events by number: these, or a close code.
const OPENED = 1;
const TEXT = 2;
const CUT = 1006; // What a browser says of a socket that broke.

export const socket = ({ conversation, token }, tell) => {
  let it;
  try {
    const address = `${location.origin.replace("http", "ws")}/v1/conversations/${conversation}/socket`;
    it = new WebSocket(address, ["parlor.v1", `token.${token}`]);
  } catch {
    setTimeout(tell, 0, CUT); // An extension, or a policy of the browser's.
    return { send() {}, close() {} };
  }
  it.onopen = () => tell(OPENED);
  it.onmessage = ({ data }) => tell(TEXT, data);
  it.onclose = ({ code }) => tell(code);
  return {
    send: (text) => it.readyState === 1 && it.send(text),
    close() {
      it.onopen = it.onmessage = it.onclose = null;
      it.close();
    },
  };
};
