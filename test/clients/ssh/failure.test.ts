import { describe, expect, it } from 'vitest';
import { channelFailure, sshFailure } from '../../../src/clients/ssh/failure.ts';

const exit255 = { code: 255, signal: null };

describe('what ssh says', () => {
  // The others are held against a real sshd in tunnel.integration.test.ts.
  it.each([
    [
      'ssh: connect to host 10.1.2.3 port 22: No route to host',
      /no answer from 10\.1\.2\.3 port 22 \(No route to host\).*security group/,
      false,
    ],
    ['ssh: connect to host 10.1.2.3 port 22: Connection timed out\r\n', /no answer from 10\.1\.2\.3 port 22/, false],
    [
      'ssh: Could not resolve hostname jump.example.org: Name or service not known',
      /the name jump\.example\.org is unknown here/,
      false,
    ],
    [
      'Received disconnect from 10.1.2.3 port 22:2: Too many authentication failures\nDisconnected from 10.1.2.3',
      /agent offers more keys.*identityFile/,
      true,
    ],
    ['Bad owner or permissions on /home/me/.ssh/config', /others can write; chmod 600/, true],
    [
      '/home/me/.ssh/config: line 3: Bad configuration option: frobnicate\n/home/me/.ssh/config: terminating, 1 bad configuration options',
      /does not understand its configuration \/home\/me\/\.ssh\/config/,
      true,
    ],
    ['Timeout, server 10.1.2.3 not responding.', /10\.1\.2\.3 fell silent/, false],
    [
      'kex_exchange_identification: Connection closed by remote host\nConnection closed by 10.1.2.3 port 22',
      /the connection was lost/,
      false,
    ],
    ['Connection timed out during banner exchange', /took the connection and said nothing/, false],
    ['unix_listener: path "/very/long" too long for Unix domain socket', /could not listen for the caches/, false],
    ['jumphost loop via bastion.production.boss', /sends the way to bastion\.production\.boss through itself/, true],
    [
      "Warning: Permanently added 'i-0b' (ED25519) to the list of known hosts.\r\nme@10.1.2.3: Permission denied (publickey).",
      /me@10\.1\.2\.3 refuses our key/,
      true,
    ],
    [
      "Warning: Permanently added 'i-0b' (ED25519) to the list of known hosts.",
      /ended with exit 255 and said nothing/,
      false,
    ],
    ['something new\u001b[2J', /ended with exit 255: something new; it is tried again/, false],
  ])('%j is a sentence with its cure', (said, sentence, lasts) => {
    const failure = sshFailure(said, exit255, '/state/known_hosts');
    expect(`${failure.reason}; ${failure.cure}`).toMatch(sentence);
    expect(failure.lasts).toBe(lasts);
  });

  it('names the signal that ended it', () => {
    expect(sshFailure('', { code: null, signal: 'SIGKILL' }, '').reason).toBe('ssh ended by SIGKILL and said nothing');
  });

  it('of a connection is told apart from what it says of itself', () => {
    expect(channelFailure('channel 3: open failed: connect failed: Connection timed out')?.reason).toBe(
      'it cannot be reached from there (Connection timed out)',
    );
    expect(channelFailure('channel 3: open failed: resource shortage')?.reason).toBe('resource shortage');
    expect(channelFailure('client_loop: send disconnect: Broken pipe')).toBeUndefined();
  });
});
