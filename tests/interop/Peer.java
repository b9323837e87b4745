// A plain peer made of JeroMQ: Peer CONTROL DATA TOPIC. Prints a line for what it got: what, then text.
import org.zeromq.ZMQ;

public class Peer {
    static final byte[] PUBLISH = {1};
    static final byte[] SUBSCRIBE = {2};
    static final byte[] QUERY = {4};

    public static void main(String[] arguments) {
        String control = arguments[0], data = arguments[1], topic = arguments[2];
        ZMQ.Context context = ZMQ.context(1);

        ZMQ.Socket req = context.socket(ZMQ.REQ);
        req.connect(control);
        req.send(QUERY, 0);
        say("REQ", topics(req));

        ZMQ.Socket sub = context.socket(ZMQ.SUB);
        sub.connect(data);
        sub.subscribe((topic + "\0").getBytes());

        ZMQ.Socket dealer = context.socket(ZMQ.DEALER);
        dealer.connect(control);
        send(dealer, SUBSCRIBE, topic);
        send(dealer, PUBLISH, topic, "from JeroMQ");
        dealer.send(QUERY, 0);

        ZMQ.Poller poller = new ZMQ.Poller(2);
        poller.register(dealer, ZMQ.Poller.POLLIN);
        poller.register(sub, ZMQ.Poller.POLLIN);
        while (true) {
            poller.poll();
            if (poller.pollin(0)) {
                byte[] command = dealer.recv(0);
                if (command[0] == PUBLISH[0]) {
                    dealer.recv(0);
                    say("DEALER", new String(dealer.recv(0)));
                } else {
                    say("QUERY", rest(dealer));
                }
            }
            if (poller.pollin(1)) {
                byte[] frame = sub.recv(0);
                int header = topic.length() + 17;
                say("SUB", new String(frame, header, frame.length - header));
            }
        }
    }

    static void say(String what, String text) {
        System.out.println(what + " " + text);
        System.out.flush();
    }

    static void send(ZMQ.Socket socket, byte[] command, String... frames) {
        socket.send(command, ZMQ.SNDMORE);
        for (int i = 0; i < frames.length; i++)
            socket.send(frames[i].getBytes(), i + 1 < frames.length ? ZMQ.SNDMORE : 0);
    }

    static String topics(ZMQ.Socket socket) {
        socket.recv(0);
        return rest(socket);
    }

    // What follows the command: a count, then topics.
    static String rest(ZMQ.Socket socket) {
        socket.recv(0);
        StringBuilder list = new StringBuilder();
        while (socket.hasReceiveMore())
            list.append(list.length() > 0 ? "," : "").append(new String(socket.recv(0)));
        return list.toString();
    }
}
