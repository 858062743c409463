// An empty Bluesky network on fixed ports; says READY when it answers.
const net = require("node:net");

// The servers open their ports on every interface; they are meant for this machine.
const listen = net.Server.prototype.listen;
net.Server.prototype.listen = function (first, ...rest) {
    const options = typeof first === "object" && first ? first : {port: first};
    if (options.path) {
        return listen.call(this, first, ...rest);
    }
    const callback = rest.find((argument) => typeof argument === "function");
    return listen.call(this, {...options, host: "127.0.0.1"}, callback);
};

const {TestNetwork, mockMailer} = require("@atproto/dev-env");

async function main() {
    const [plc, pds, appview, ozone] = process.env.PORTS.split(",").map(Number);
    const network = await TestNetwork.create({
        plc: {port: plc},
        pds: {port: pds, hostname: "localhost", enableDidDocWithSession: true},
        bsky: {port: appview, publicUrl: `http://localhost:${appview}`},
        ozone: {port: ozone},
    });
    mockMailer(network.pds);
    let closing = false;
    const stop = async () => {
        if (!closing) {
            closing = true;
            await network.close().finally(() => process.exit(0));
        }
    };
    process.on("SIGTERM", stop);
    process.on("SIGINT", stop);
    console.log("READY");
}

main().catch((error) => {
    console.error(error);
    process.exit(1);
});
