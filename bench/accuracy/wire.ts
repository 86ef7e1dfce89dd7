import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * What the kernel saw on the loopback interface: a truth that neither arb nor the provider has a part
 * in. tcpdump records every segment with data to and from one port, with its time in nanoseconds.
 */
export interface Wiretap {
  /** Ends it and gives back what each labelled request came to. */
  end(): Promise<ReadonlyMap<string, Seen>>;
}

/** Milliseconds from the request's own segment. */
export interface Seen {
  /** Of each content chunk, in the order of the segments. */
  readonly chunks: readonly number[];
}

/** The kernel hands segments over in blocks, one a second where they do not fill. */
const handedOver = 2_000;

/** @throws Error where tcpdump is missing or may not listen. */
export async function tap(port: number): Promise<Wiretap> {
  const folder = mkdtempSync(join(tmpdir(), 'arb-wire-'));
  const file = join(folder, 'lo.pcap');
  const withData = '(((ip[2:2] - ((ip[0]&0xf)<<2)) - ((tcp[12]&0xf0)>>2)) != 0)';
  const child = spawn(
    'tcpdump',
    [
      ...['-i', 'lo', '-n', '-B', '65536', '--time-stamp-precision=nano', '-Z', 'root', '-w', file],
      `tcp port ${port} and ${withData}`,
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const failed = once(child, 'close').then(() => {
    throw new Error(`--wire needs tcpdump (Debian: apt install tcpdump) and root: ${said.trim()}`);
  });
  while (!said.includes('listening on')) {
    await Promise.race([once(child.stderr, 'data'), once(child, 'error'), failed]);
  }
  failed.catch(() => undefined);
  return {
    async end() {
      await sleep(handedOver);
      child.kill('SIGINT');
      await once(child, 'close');
      const dropped = /(\d+) packets dropped by kernel/.exec(said)?.[1];
      if (dropped !== '0') throw new Error(`tcpdump lost segments: ${said.trim()}`);
      const seen = requestsIn(readFileSync(file), port);
      rmSync(folder, { recursive: true });
      return seen;
    },
  };
}

interface Segment {
  /** Milliseconds; only differences mean something. */
  readonly at: number;
  readonly from: number;
  readonly to: number;
  /** Of its first byte, modulo 2^32. */
  readonly sequence: number;
  readonly text: string;
}

/** Each connection carries one request after the other. */
function requestsIn(capture: Buffer, port: number): Map<string, Seen> {
  const seen = new Map<string, Seen>();
  const open = new Map<number, { readonly at: number; readonly chunks: number[]; tail: string }>();
  /** Of the next byte from the provider, by the port it goes to. */
  const expected = new Map<number, number>();
  for (const { at, from, to, sequence, text } of segmentsIn(capture)) {
    if (to === port) {
      const label = /x-arb-request: (\S+)/i.exec(text)?.[1];
      if (label === undefined) continue;
      const request = { at, chunks: [], tail: '' };
      open.set(from, request);
      seen.set(decodeURIComponent(label), request);
    } else {
      const request = open.get(to);
      const isRepeated = ((sequence - (expected.get(to) ?? sequence)) | 0) < 0;
      if (!request || isRepeated) continue;
      expected.set(to, sequence + text.length);
      // A chunk may begin in one segment and go on in the next.
      const both = request.tail + text;
      for (const { index } of both.matchAll(content)) {
        if (index + contentLength > request.tail.length) request.chunks.push(at - request.at);
      }
      request.tail = both.slice(1 - contentLength);
    }
  }
  return seen;
}

/** A content delta that is not empty. */
const content = /"content":"[^"]/g;
const contentLength = '"content":"x'.length;

const nanosecondMagic = 0xa1b23c4d;
const ethernetHeader = 14;

/** The TCP segments of a pcap file (draft-ietf-opsawg-pcap) of an Ethernet-like interface, IPv4. */
function* segmentsIn(capture: Buffer): Generator<Segment> {
  if (capture.readUInt32LE(0) !== nanosecondMagic)
    throw new Error('not a pcap file in nanoseconds');
  let record = 24;
  while (record + 16 <= capture.length) {
    const at = capture.readUInt32LE(record) * 1e3 + capture.readUInt32LE(record + 4) / 1e6;
    const length = capture.readUInt32LE(record + 8);
    const packet = capture.subarray(record + 16, record + 16 + length);
    record += 16 + length;
    const tcp = ethernetHeader + ((packet[ethernetHeader] ?? 0) & 15) * 4;
    const data = tcp + ((packet[tcp + 12] ?? 0) >> 4) * 4;
    yield {
      at,
      from: packet.readUInt16BE(tcp),
      to: packet.readUInt16BE(tcp + 2),
      sequence: packet.readUInt32BE(tcp + 4),
      text: packet.toString('latin1', data),
    };
  }
}
