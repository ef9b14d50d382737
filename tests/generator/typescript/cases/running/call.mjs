// Runs the function main of a module against a server, and prints what it returns as JSON.
//
//   node call.mjs MODULE URL

import { WebSocket } from "ws";

globalThis.WebSocket = WebSocket; // Node 20 has none of its own
const [, , module, url] = process.argv;
const { main } = await import(module);
console.log(JSON.stringify(await main(url)));
process.exit(0);
