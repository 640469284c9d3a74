/** How large everyday amounts are in a currency: what costs one euro costs some ten kronor and some thousand won. */
import { currencyExponent } from "./money.ts";

/** About so much of the currency is what one euro or dollar is; rounded, as prices are. */
const SCALES: readonly (readonly [scale: number, currencies: RegExp])[] = [
  [5, /^(AED|BOB|BRL|CNY|GTQ|HKD|ILS|MOP|MYR|PEN|PGK|PLN|QAR|RON|SAR|TMT|TTD)$/],
  [10, /^(BWP|CZK|DKK|ERN|GHS|HNL|LSL|MAD|MDL|MVR|MXN|NAD|NOK|SCR|SEK|STN|SVC|SZL|TJS|ZAR|ZMW)$/],
  [100, /^(AFN|ALL|BDT|BTN|CVE|DOP|DZD|EGP|ETB|GMD|GYD|HTG|INR|JMD|KES|KGS|LKR|LRD|MKD|MRU|MUR|MZN|NIO)$/],
  [100, /^(NPR|PHP|PKR|RSD|RUB|SRD|THB|TRY|TWD|UAH|UYU|VES|YER)$/],
  [1_000, /^(AMD|AOA|ARS|BIF|CDF|CLP|COP|CRC|HUF|IQD|KHR|KMF|KRW|KZT|MGA|MMK|MNT|MWK|NGN)$/],
  [1_000, /^(RWF|SDG|SSP|TZS|UGX|XAF|XOF)$/],
  [10_000, /^(GNF|IDR|IRR|LAK|LBP|PYG|SLL|STD|SYP|UZS|VND)$/],
];

/** What one euro or dollar is, about, in whole units of the currency. Of one that is not listed, whoever has no cents has amounts of hundreds. */
export function currencyScale(currency: string): number {
  const listed = SCALES.find(([, currencies]) => currencies.test(currency));
  return listed?.[0] ?? (currencyExponent(currency) === 0 ? 100 : 1);
}

/** What so many euros or dollars are, about, in minor units of the currency. */
export function everydayAmount(units: number, currency: string): number {
  return units * currencyScale(currency) * 10 ** currencyExponent(currency);
}
