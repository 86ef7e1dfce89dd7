/**
 * Keys by the prefixes that their issuers document: AI providers, clouds, code hosts, chats, payments,
 * databases and observability.
 */
const PREFIXED = [
  // OpenAI, Anthropic, OpenRouter, Groq, xAI, Perplexity, Replicate, NVIDIA, Hugging Face, ...
  'sk-(?:ant-|proj-|or-v1-|svcacct-|lf-)?[\\w-]{16,}',
  'sess-[\\w-]{32,}',
  'gsk_\\w{40,}',
  'xai-\\w{40,}',
  'pplx-\\w{32,}',
  'r8_\\w{32,}',
  'nvapi-[\\w-]{40,}',
  'hf_\\w{30,}',
  'csk-\\w{32,}',
  'fw_\\w{20,}',
  'jina_\\w{32,}',
  'tvly-[\\w-]{20,}',
  'pcsk_\\w{32,}',
  'lsv2_(?:pt|sk)_\\w{32,}',
  'pk-lf-[\\w-]{20,}',
  // Amazon, Google, Azure, DigitalOcean, Databricks, Vault.
  '(?:AKIA|ASIA|ABIA|ACCA)[0-9A-Z]{16}',
  'AIza[\\w-]{35}',
  'ya29\\.[\\w-]{20,}',
  'GOCSPX-[\\w-]{20,}',
  'do[opr]_v1_\\w{40,}',
  'dapi[0-9a-f]{32}(?:-\\d)?',
  'hv[sbr]\\.[\\w-]{24,}',
  // GitHub, GitLab, npm, PyPI, Docker, RubyGems, Atlassian, Postman.
  'gh[pousr]_\\w{30,}',
  'github_pat_\\w{40,}',
  'gl(?:pat|rt|dt|cbt|ptt|soat)-[\\w-]{20,}',
  'npm_\\w{36}',
  'pypi-[\\w-]{40,}',
  'dckr_pat_[\\w-]{20,}',
  'rubygems_[0-9a-f]{40,}',
  'ATATT3[\\w=-]{40,}',
  'PMAK-[0-9a-f]{20,}-[0-9a-f]{30,}',
  // Slack, Telegram, Notion, Linear, Figma.
  'xox[abceoprs]-[\\w-]{10,}',
  'xapp-\\d-[\\w-]{20,}',
  '\\d{8,10}:AA[\\w-]{32,34}',
  'ntn_\\w{40,}',
  'lin_api_\\w{32,}',
  'figd_[\\w-]{32,}',
  // Stripe, Square, Shopify, Twilio, SendGrid, Mailgun.
  'pk_live_\\w{16,}',
  '[rs]k_(?:live|test)_\\w{16,}',
  'whsec_[\\w+/=]{24,}',
  'sq0(?:atp|csp)-[\\w-]{20,}',
  'shp(?:at|ca|pa|ss)_[0-9a-f]{32}',
  'SK[0-9a-f]{32}',
  'SG\\.[\\w-]{16,}\\.[\\w-]{16,}',
  // Supabase, PlanetScale, Grafana, New Relic, Sentry.
  'sbp_[0-9a-f]{40}',
  'pscale_(?:tkn|pw|oauth)_[\\w-]{32,}',
  'gl(?:sa|c)_[\\w+/=]{32,}',
  'NRAK-[0-9A-Z]{27}',
  'sntrys_[\\w+/=-]{40,}',
] as const;

export const keyPattern = new RegExp(
  `(?:\\b(?:${PREFIXED.join('|')})|(?<=hooks\\.slack\\.com/services/)[\\w/]{20,})`,
  'g',
);

/** What a secret is called, in code, in headers and by people in five languages. */
const NAMES = [
  'api[_-]?key',
  'x-api-key',
  'api[_-]?token',
  'access[_-]?(?:token|key)',
  'auth[_-]?token',
  'refresh[_-]?token',
  'id[_-]?token',
  'session[_-]?token',
  'bot[_-]?token',
  'client[_-]?secret',
  'secret(?:[_-]?(?:access[_-]?)?key)?',
  'private[_-]?key',
  'account[_-]?key',
  'shared[_-]?access[_-]?key',
  'signature',
  'sig',
  'token',
  'passw(?:or)?d',
  'passphrase',
  'pwd',
  'passwort',
  'kennwort',
  'mot de passe',
  'contrase(?:ñ|n)a',
  'parola d.ordine',
  'senha',
] as const;

/**
 * A value after `Bearer`, after a name with `:`, `=` or "is", or between user and host of a URL.
 */
export const secretPattern = new RegExp(
  [
    '(?<=\\b(?:bearer|basic)\\s)[\\w+/=.~-]{16,}',
    `(?<=(?:\\b|_)(?:${NAMES.join('|')})["']?\\s{0,3}(?:[:=]|is|ist|est|es|è|lautet)\\s{0,3}["']?)[^\\s"',;<>&]{6,}`,
    '(?<=\\w:\\/\\/[^\\s:/@]{0,64}:)[^\\s@/]{3,}(?=@)',
  ].join('|'),
  'gi',
);

/** Words that stand after such a name and are no secret: types, placeholders, code that reads one. */
const PLAIN =
  /^(?:(?:string|number|boolean|null|none|undefined|required|optional|invalid|incorrect|expired|missing|hidden|redacted)\b|[a-z_$][\w$]*(?:\.[\w$]+)*[([]|(?:process|os|import|self|this|config|settings|env)\.|[$%{<]|\*+$|x{4,}$|your[_-])/i;

/** The secret at the start of a match; undefined where it is a word of a sentence or of code. */
export function findSecret(match: string): string | undefined {
  const value = match.replace(/[.)\]}!?]+$/, '');
  if (value.length < 3 || PLAIN.test(value)) return undefined;
  // A word alone may follow in any sentence; what people choose or machines make has more than letters.
  return /\d|[^\p{L}\p{N}_.-]|\p{Ll}\p{Lu}/u.test(value) ? value : undefined;
}
