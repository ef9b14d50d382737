// Serves the class Main of a module at a free port, which it prints; ends with its standard input.
//
//   node serve.mjs MODULE

import { newWebSocketRpcSession } from "capnweb";
import { WebSocket, WebSocketServer } from "ws";

globalThis.WebSocket = WebSocket; // Node 20 has none of its own

const { Main } = await import(process.argv[2]);
const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
server.on("connection", (socket) => newWebSocketRpcSession(socket, new Main()));
server.on("listening", () => console.log(server.address().port));
process.stdin.on("end", () => process.exit(0)).resume();
