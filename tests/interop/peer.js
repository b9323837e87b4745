// A plain peer made of zeromq.js: peer.js CONTROL DATA TOPIC. Prints a line for what it got: what, then text.
const zmq = require("zeromq")

const [control, data, topic] = process.argv.slice(2)
const [PUBLISH, SUBSCRIBE, QUERY] = [1, 2, 4].map((code) => Buffer.from([code]))

function say(what, text) {
  process.stdout.write(`${what} ${text}\n`)
}

async function listen(socket, take) {
  for await (const frames of socket) take(frames)
}

async function main() {
  const req = new zmq.Request()
  req.connect(control)
  await req.send(QUERY)
  say("REQ", (await req.receive()).slice(2).join())

  const sub = new zmq.Subscriber()
  sub.connect(data)
  sub.subscribe(`${topic}\0`) // a NUL in a filter is no trouble here
  const header = topic.length + 17
  listen(sub, ([frame]) => say("SUB", frame.subarray(header)))

  const dealer = new zmq.Dealer()
  dealer.connect(control)
  await dealer.send([SUBSCRIBE, topic])
  await dealer.send([PUBLISH, topic, "from zeromq.js"])
  await dealer.send(QUERY)
  await listen(dealer, ([command, ...rest]) => {
    if (command.equals(PUBLISH)) say("DEALER", rest[1])
    else say("QUERY", rest.slice(1).join())
  })
}

main()
