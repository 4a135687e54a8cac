// Server-sent events of /v1/live, read by fetch so that a token can go with the request.
import {headers, parse} from './ask.js';

const FIRST = 1000;
const MOST = 30000;

// live calls told(progress) for each event and broken(why) when there are none, until stopped; it connects again by itself.
export function live(told, broken) {
  const stop = new AbortController();
  (async () => {
    for (let pause = FIRST; !stop.signal.aborted; pause = Math.min(pause * 2, MOST)) {
      try {
        await read(stop.signal, (progress) => { pause = FIRST; told(progress); });
      } catch { /* said below */ }
      if (stop.signal.aborted) return;
      broken();
      await new Promise((done) => setTimeout(done, pause));
    }
  })();
  return () => stop.abort();
}

async function read(signal, told) {
  const response = await fetch('/v1/live', {headers: headers(), signal});
  if (!response.ok) throw new Error(`live: ${response.status}`);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let rest = ''; ;) {
    const {value, done} = await reader.read();
    if (done) return;
    const events = (rest + value).split('\n\n');
    rest = events.pop();
    for (const event of events) {
      const data = event.split('\n').filter((line) => line.startsWith('data: ')).map((line) => line.slice(6)).join('\n');
      if (data) told(parse(data));
    }
  }
}
