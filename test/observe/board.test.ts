import { describe, expect, it } from 'vitest';
import { CONFIGS } from '../../src/bosslet/bosslet.ts';
import type { StackSummary } from '../../src/clients/doors.ts';
import { targetsOf } from '../../src/observe/events.ts';
import type { Operation } from '../../src/observe/operation.ts';
import { type Board, boardRows, progressOf } from '../../src/observe/stacks.ts';
import { PRODUCTION } from '../../src/rehearsal/production.ts';

const bosslet = {
  ...PRODUCTION,
  apiUrl: 'https://api.theboss.io',
  dns: { resolvers: [], authoritative: true },
  redis: { via: 'direct', caches: {} },
  bossManage: '/boss-manage',
} as const;
const NOW = 1_000_000_000;
const HOUR = 3_600_000;

const stack = (stackName: string, stackStatus: string, fields: Partial<StackSummary> = {}): StackSummary => ({
  stackName,
  stackId: `arn:${stackName}`,
  stackStatus,
  creationTimeMs: NOW - 1_000 * HOUR,
  lastUpdatedTimeMs: NOW - 900 * HOUR,
  ...fields,
});

describe('the rows of the board', () => {
  it('are the eight configs in their order, then what else belongs to the bosslet', () => {
    const rows = boardRows(
      bosslet,
      [stack('CopycuboidProductionBoss', 'CREATE_COMPLETE'), stack('ApiProductionBoss', 'UPDATE_COMPLETE')],
      { tagsOf: () => ({ StackVersion: '3', Commit: 'h7a6e' }), operationOf: () => undefined },
    );
    expect(rows.map(({ config }) => config)).toEqual([...CONFIGS, 'copycuboid']);
    expect(rows.find(({ config }) => config === 'api')).toMatchObject({ stackVersion: '3', commit: 'h7a6e' });
    expect(rows.find(({ config }) => config === 'core')).toMatchObject({ stack: undefined, stackVersion: undefined });
  });
});

describe('the bar of an operation', () => {
  const operation = (done: number, fields: Partial<Operation> = {}): Operation => ({
    kind: 'UPDATE',
    id: 'e1',
    startedAtMs: 1,
    endedAtMs: undefined,
    stackStatus: 'UPDATE_IN_PROGRESS',
    done,
    events: [],
    ...fields,
  });
  const ended = { endedAtMs: 2, stackStatus: 'UPDATE_COMPLETE' };

  it('is empty until the total is known, then fills', () => {
    expect(progressOf(operation(2), undefined)).toMatchObject({ done: 0, total: 0 });
    expect(progressOf(operation(2), 9)).toMatchObject({ done: 2, total: 9 });
  });
  it('is never over-full, and full at the end of a success whatever the total was guessed to be', () => {
    expect(progressOf(operation(12), 9)).toMatchObject({ done: 12, total: 12 });
    expect(progressOf(operation(7, ended), 9)).toMatchObject({ done: 7, total: 7, endedAtMs: 2 });
  });
  it('stays where it was when the operation failed', () => {
    const failed = { endedAtMs: 2, stackStatus: 'UPDATE_ROLLBACK_COMPLETE' };
    expect(progressOf(operation(4, failed), 9)).toMatchObject({ done: 4, total: 9 });
  });
});

describe('whose events are followed', () => {
  const quiet = CONFIGS.map((config) =>
    stack(`${config.charAt(0).toUpperCase()}${config.slice(1)}ProductionBoss`, 'UPDATE_COMPLETE'),
  );
  const board = (stacks: readonly StackSummary[]): Board => ({ atMs: NOW, stacks });
  const targets = (now: Board, before: Board | undefined, interests: { config: string; sinceMs: number }[] = []) =>
    Object.fromEntries(
      targetsOf(
        {
          bosslet,
          clock: { now: () => NOW, sleep: async () => {}, limit: (ms) => ms, speed: 1 },
          interests: () => interests.map((interest) => ({ is: 'stack', ...interest })),
        },
        now,
        before,
      ),
    );
  const redis = (stackStatus: string, fields: Partial<StackSummary> = {}) =>
    quiet.map((each) => (each.stackName === 'RedisProductionBoss' ? { ...each, stackStatus, ...fields } : each));

  it('is nobody’s while nothing happens', () => {
    expect(targets(board(quiet), board(quiet))).toEqual({});
    expect(targets(board(quiet), undefined)).toEqual({});
  });
  it('are those of a stack in progress, back to where its operation began', () => {
    const began = NOW - 60_000;
    expect(targets(board(redis('UPDATE_IN_PROGRESS', { lastUpdatedTimeMs: began })), board(quiet))).toEqual({
      'arn:RedisProductionBoss': { config: 'redis', seed: { sinceMs: began - 2_000 }, drain: false },
    });
    expect(targets(board(redis('CREATE_IN_PROGRESS', { creationTimeMs: began })), board(quiet))).toMatchObject({
      'arn:RedisProductionBoss': { seed: { sinceMs: began - 2_000 } },
    });
  });
  it('are those of a delete, back to its beginning, of which no list tells the time', () => {
    expect(targets(board(redis('DELETE_IN_PROGRESS')), board(quiet))).toMatchObject({
      'arn:RedisProductionBoss': { seed: { sinceMs: Number.POSITIVE_INFINITY, beganBy: 'DELETE' }, drain: false },
    });
  });
  it('are those that somebody asks for, back to the time asked for', () => {
    expect(targets(board(quiet), board(quiet), [{ config: 'api', sinceMs: NOW - 5 }])).toEqual({
      'arn:ApiProductionBoss': { config: 'api', seed: { sinceMs: NOW - 5 }, drain: false },
    });
    const both = targets(board(redis('UPDATE_IN_PROGRESS', { lastUpdatedTimeMs: NOW - 50 })), board(quiet), [
      { config: 'redis', sinceMs: NOW - HOUR },
    ]);
    expect(both).toMatchObject({ 'arn:RedisProductionBoss': { seed: { sinceMs: NOW - HOUR } } });
  });
  it('are read once more where an operation came and went between two looks, or the stack is gone', () => {
    expect(targets(board(redis('UPDATE_COMPLETE', { lastUpdatedTimeMs: NOW - 5 })), board(quiet))).toMatchObject({
      'arn:RedisProductionBoss': { seed: { sinceMs: NOW - 2_005 }, drain: true },
    });
    const gone = quiet.filter(({ stackName }) => stackName !== 'RedisProductionBoss');
    expect(targets(board(gone), board(quiet))).toMatchObject({
      'arn:RedisProductionBoss': { seed: { beganBy: 'DELETE' }, drain: true },
    });
  });
  it('are read once after a start, where an operation was of late: the screen is as it was', () => {
    expect(targets(board(redis('UPDATE_COMPLETE', { lastUpdatedTimeMs: NOW - HOUR })), undefined)).toMatchObject({
      'arn:RedisProductionBoss': { seed: { sinceMs: NOW - HOUR - 2_000 }, drain: true },
    });
  });
});
