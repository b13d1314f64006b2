// Drives the real client: reads {url, calls: [[method, ...arguments]]} from standard input, writes what each call
// gave, as JSON. An argument "!!name" is the client's constant of that name.
const { NCALayerClient } = require('ncalayer-js-client');

const constant = (value) => (typeof value === 'string' && value.startsWith('!!') ? NCALayerClient[value.slice(2)] : value);

async function drive({ url, calls }) {
  const client = new NCALayerClient(url, false);
  const told = [{ result: await client.connect() }];
  for (const [method, ...args] of calls) {
    try {
      told.push({ result: await client[method](...args.map(constant)) });
    } catch (error) {
      told.push({ error: error.message, cancelled: error.canceledByUser === true });
    }
  }
  client.wsConnection.close();
  return told;
}

let input = '';
process.stdin.on('data', (part) => { input += part; });
process.stdin.on('end', () => {
  drive(JSON.parse(input)).then(
    (told) => process.stdout.write(JSON.stringify(told), () => process.exit(0)),
    (error) => { console.error(error); process.exit(1); },
  );
});
