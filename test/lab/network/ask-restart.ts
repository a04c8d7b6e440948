import { request } from 'node:http';
import { text } from 'node:stream/consumers';

/** Asks the test for a restart of its dockerd: `ask-restart.ts SOCKET`. Exit code 1, with the reason, if that failed. */
request({ socketPath: process.argv[2], method: 'POST' }, (response) => {
  void text(response).then((reason) => {
    process.stderr.write(reason);
    process.exitCode = response.statusCode === 200 ? 0 : 1;
  });
}).end();
