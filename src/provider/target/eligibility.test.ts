import { describe, expect, it } from 'vitest';
import { tokens } from '../../units.ts';
import { plainTarget } from '../scripted.test.helper.ts';
import { type CandidateRequest, findObstacle } from './eligibility.ts';
import type { Target } from './target.ts';

const body = { messages: [{ role: 'user', content: 'hi' }] };
const why = (target: Partial<Target>, passenger: Partial<CandidateRequest> = {}) =>
  findObstacle(plainTarget('http://127.0.0.1', target), { body, ...passenger });

describe('a request may be sent', () => {
  it('where nothing speaks against it', () => {
    expect(why({})).toBeUndefined();
    expect(why({ regions: ['eu'], dataClasses: ['public'] })).toBeUndefined();
  });

  it('only where its data class is cleared', () => {
    const target = { dataClasses: ['public', 'internal'] };
    expect(why(target, { dataClass: 'internal' })).toBeUndefined();
    expect(why(target, { dataClass: 'secret' })).toBe(
      'it is not cleared for data of class "secret"',
    );
    expect(why({ dataClasses: [] }, { dataClass: 'public' })).toBeDefined();
    expect(why({}, { dataClass: 'secret' })).toBeUndefined();
  });

  it('only where every place that may serve it lies in its regions', () => {
    const eu = { regions: ['eu'] };
    expect(why({ regions: ['eu'] }, eu)).toBeUndefined();
    expect(why({ regions: ['eu', 'us'] }, eu)).toBe('it may be served in us, and must be in eu');
    expect(why({ regions: [] }, eu)).toBe('its region is not known, and must be eu');
  });

  it('only by a route that does not forbid resale', () => {
    expect(why({ terms: { resale: 'forbidden' } })).toBe('its terms forbid resale');
    expect(why({ terms: { resale: 'unknown' } })).toBeUndefined();
  });

  it('only to what can do what it asks', () => {
    const tools = { body: { ...body, tools: [{}] } };
    expect(why({ cannot: ['tools'] }, tools)).toBe('it has no tools');
    expect(why({ cannot: ['tools'] })).toBeUndefined();
    const image = { messages: [{ role: 'user', content: [{ type: 'image_url' }] }] };
    expect(why({ cannot: ['vision'] }, { body: image })).toBe('it has no vision');
    const json = { ...body, response_format: { type: 'json_object' } };
    expect(why({ cannot: ['json'] }, { body: json })).toBe('it has no json');
  });

  it('only where its context is large enough', () => {
    const target = { contextTokens: 1_000 };
    expect(why(target, { forecastTokens: tokens(1_000) })).toBeUndefined();
    expect(why(target, { forecastTokens: tokens(1_001) })).toBe(
      'its context of 1000 tokens is too small for 1001',
    );
  });
});
