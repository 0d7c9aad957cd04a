// The review page's script: filters, figures, charts, and what is behind each figure.
//
// What lives here: reading the embedded data, and for every view of views.py the function that works its rows out. What
// doesn't: data and words, which data/core.js brings. Texts of the company are only ever set as text, never as markup.
"use strict";
(() => {
  const page = window.review;
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

  // ── Elements ──────────────────────────────────────────────────────────────────────────────────────────────────────
  function el(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (value === null || value === undefined || value === false) continue;
      if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
      else element.setAttribute(name, value === true ? "" : String(value));
    }
    for (const child of children.flat(Infinity)) {
      if (child === null || child === undefined || child === false) continue;
      element.append(child instanceof Node ? child : String(child));
    }
    return element;
  }

  if (!page || page.build !== document.body.dataset.build) {
    $("#main").prepend(
      el("p", { class: "miss", role: "alert" },
        page ? "This page was replaced while it was being opened. Please reload it."
          : "The page's data (data/core.js) can't be read. Copy or open the whole folder, not index.html alone."));
    return;
  }

  // ── Data ──────────────────────────────────────────────────────────────────────────────────────────────────────────
  function rowsOf(set) {
    const rows = Array.from({ length: set.rows }, () => ({}));
    for (const [name, column] of Object.entries(set.columns)) {
      const { words, values, lists, places } = column;
      if (lists) rows.forEach((row, i) => { row[name] = lists[i].map((n) => words[n]); });
      else if (words) rows.forEach((row, i) => { row[name] = values[i] === null ? null : words[values[i]]; });
      else if (places) {
        const unit = 10 ** places;
        rows.forEach((row, i) => { row[name] = values[i] === null ? null : Number(values[i]) / unit; });
      } else rows.forEach((row, i) => { row[name] = values[i]; });
    }
    return rows;
  }
  const data = {};
  for (const [name, set] of Object.entries(page.data)) data[name] = rowsOf(set);
  const has = (name) => name in data;
  const all = (name) => data[name] || [];

  const about = page.about;
  const users = new Map(all("users").map((user) => [user.user_id, user]));
  const userName = (id) => (id ? users.get(id)?.name || id : "nobody");
  const deals = all("deals");
  const dealById = new Map(deals.map((deal) => [deal.opportunity_id, deal]));

  // Money is added up in whole cents, so that sums are exact.
  const cents = (amount) => Math.round(amount * 100);
  const sumOf = (rows, column) => rows.reduce((sum, row) => sum + cents(row[column] || 0), 0);
  const count = (rows, column) => rows.reduce((sum, row) => sum + (row[column] || 0), 0);
  const ratio = (part, whole) => (whole ? part / whole : null);
  function groups(rows, keyOf) {
    const found = new Map();
    for (const row of rows) {
      const key = keyOf(row);
      if (!found.has(key)) found.set(key, []);
      found.get(key).push(row);
    }
    return found;
  }
  const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
  // Sorted by each key in turn; a key that starts with - is descending, nulls last.
  function sorted(rows, ...keys) {
    return [...rows].sort((a, b) => {
      for (const key of keys) {
        const down = key.startsWith("-");
        const [x, y] = [a[down ? key.slice(1) : key], b[down ? key.slice(1) : key]];
        if (x === y) continue;
        if (x === null || x === undefined) return 1;
        if (y === null || y === undefined) return -1;
        return down ? compare(y, x) : compare(x, y);
      }
      return 0;
    });
  }

  // ── Dates: ISO texts, which compare as dates do ───────────────────────────────────────────────────────────────────
  const day = (text) => new Date(`${text}T00:00:00Z`);
  const iso = (date) => date.toISOString().slice(0, 10);
  const addDays = (text, days) => iso(new Date(day(text).getTime() + days * 86400000));
  function addMonths(text, months) {
    const date = day(text);
    return iso(new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months, 1)));
  }
  const monthOf = (text) => `${text.slice(0, 7)}-01`;
  const quarterStart = (text) => addMonths(monthOf(text), -((Number(text.slice(5, 7)) - 1) % 3));
  const weekStart = (text) => addDays(text, -((day(text).getUTCDay() + 6) % 7));
  const quarterName = (text) => `${text.slice(0, 4)} Q${Math.ceil(Number(text.slice(5, 7)) / 3)}`;
  const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
  const monthName = (text) => (text ? `${MONTHS[Number(text.slice(5, 7)) - 1]} ${text.slice(0, 4)}` : "unknown month");
  const dateName = (text) =>
    text ? `${Number(text.slice(8, 10))} ${MONTHS[Number(text.slice(5, 7)) - 1]} ${text.slice(0, 4)}` : "–";
  const between = (text, from, to) => text !== null && text !== undefined && text >= from && text <= to;

  // ── Writing values ────────────────────────────────────────────────────────────────────────────────────────────────
  const grouped = new Intl.NumberFormat("en-US");
  const exactMoney = new Intl.NumberFormat("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  function shortMoney(inCents) {
    const amount = inCents / 100;
    const size = Math.abs(amount);
    if (size >= 1e9) return `${(amount / 1e9).toFixed(2)} bn`;
    if (size >= 1e6) return `${(amount / 1e6).toFixed(2)} M`;
    if (size >= 1e4) return `${Math.round(amount / 1e3)} k`;
    if (size >= 1e3) return `${(amount / 1e3).toFixed(1)} k`;
    return size === 0 ? "0" : exactMoney.format(amount);
  }
  const writers = {
    text: (value) => value,
    money: shortMoney,
    cents: (value) => exactMoney.format(value / 100),
    count: (value) => grouped.format(value),
    share: (value) => `${(value * 100).toFixed(value !== 0 && Math.abs(value) < 0.1 ? 1 : 0)}%`,
    decimal: (value) => grouped.format(Math.round(value * 10) / 10),
    date: dateName,
    month: monthName,
    flag: (value) => (value ? "yes" : "no"),
    days: (value) => `${grouped.format(value)} d`,
    word: (value) => value.replaceAll("_", " "),
    hours: (value) => (value >= 48 ? `${grouped.format(Math.round(value / 24))} days` : `${value.toFixed(1)} h`),
    signed: (value) => (value > 0 ? `+${grouped.format(value)}` : value < 0 ? `−${grouped.format(-value)}` : "0"),
  };
  const written = (value, kind) => (value === null || value === undefined || value === "" ? "–" : writers[kind](value));
  // A value as plain SQL would print it: what tests compare and CSV files hold.
  function plain(value, kind) {
    if (value === null || value === undefined) return "";
    if (kind === "money" || kind === "cents") return (value / 100).toFixed(2);
    return String(value);
  }
  const NUMERIC = new Set(["money", "cents", "count", "days", "share", "decimal", "hours", "signed"]);

  // ── Filters ───────────────────────────────────────────────────────────────────────────────────────────────────────
  const UNITS = {
    quarter: { start: quarterStart, next: (s) => addMonths(s, 3), before: (s) => addMonths(s, -3), name: quarterName, most: 20 },
    month: { start: monthOf, next: (s) => addMonths(s, 1), before: (s) => addMonths(s, -1), name: monthName, most: 48 },
    week: { start: weekStart, next: (s) => addDays(s, 7), before: (s) => addDays(s, -7),
      name: (s) => `week of ${dateName(s)}`, most: 60 },
  };
  const first = { unit: "quarter", period: "", type: "", team: "", marketer: "", seller: "", channel: "", model: page.model,
    topic: "", persona: "" };
  const state = { ...first };

  // Every name that the SQL of views.py has in braces.
  function filters() {
    const unit = UNITS[state.unit];
    const start = state.period || unit.start(about.as_of);
    const end = addDays(unit.next(start), -1);
    const monthEnd = monthOf(end);
    return {
      ...state, start, end, before_start: unit.before(start), before_end: addDays(start, -1),
      month_start: monthOf(state.unit === "week" ? end : start), month_end: monthEnd,
      year_start: addMonths(monthEnd, -11), quarters_start: addMonths(quarterStart(end), -21), as_of: about.as_of,
    };
  }
  const TEAMS = ["marketing", "sales", "partner", "unknown"];
  function filteredDeals(f) {
    return deals.filter((deal) =>
      (!f.type || deal.type === f.type) && (!f.team || deal.team === f.team) &&
      (!f.marketer || deal.marketer === f.marketer) && (!f.seller || deal.seller === f.seller) &&
      (!f.channel || deal.channels.includes(f.channel)) && (!f.topic || deal.topics.includes(f.topic)) &&
      (!f.persona || deal.personas.includes(f.persona)));
  }

  // ── Views: for each of views.py the rows; `drill` names per column the deals behind the figure ────────────────────
  const views = {};
  const won = (rows) => rows.filter((deal) => deal.is_won);
  const closedIn = (rows, from, to) => rows.filter((deal) => between(deal.closed_on, from, to));

  views.number = (f, mine) => {
    const now = closedIn(won(mine), f.start, f.end);
    const before = closedIn(won(mine), f.before_start, f.before_end);
    const isNew = now.filter((deal) => deal.type === "new_business");
    const largest = now.reduce((most, deal) => Math.max(most, cents(deal.amount)), now.length ? -Infinity : 0);
    return [{
      won_amount: sumOf(now, "amount"), won: now.length, before_amount: sumOf(before, "amount"), before_won: before.length,
      new_business_amount: sumOf(isNew, "amount"), largest_amount: largest,
      drill: { won_amount: now, won: now, before_amount: before, before_won: before, new_business_amount: isNew,
        largest_amount: now.filter((deal) => cents(deal.amount) === largest) },
    }];
  };
  views.quarters = (f, mine) => {
    const targets = groups(all("targets").filter((t) => t.metric === "won_amount"), (t) => quarterName(t.period_start));
    const byQuarter = groups(closedIn(won(mine), f.quarters_start, f.end), (deal) => quarterName(deal.closed_on));
    return sorted([...byQuarter].map(([quarter, rows]) => {
      const row = { quarter, won_amount: sumOf(rows, "amount"), won: rows.length, drill: { won_amount: rows, won: rows } };
      for (const team of TEAMS) {
        row.drill[team] = rows.filter((deal) => deal.team === team);
        row[team] = sumOf(row.drill[team], "amount");
      }
      row.target = targets.has(quarter) ? sumOf(targets.get(quarter), "target") : null;
      return row;
    }), "quarter");
  };
  views.retention = (f) => {
    const month = all("scorecard").find((row) => row.month === f.month_end);
    const lost = all("customers").filter((row) => between(row.entered_date, f.start, f.end));
    const churned = lost.filter((row) => row.stage === "churned");
    const behind = (rows) => rows.map((row) => dealById.get(row.opportunity_id)).filter(Boolean);
    return [{
      nrr: month ? month.nrr : null, grr: month ? month.grr : null,
      churned_amount: sumOf(lost, "churned_amount"), churned: churned.length,
      contraction_amount: sumOf(lost, "contraction_amount"),
      drill: { churned_amount: behind(churned), churned: behind(churned),
        contraction_amount: behind(lost.filter((row) => row.contraction_amount)) },
    }];
  };
  views.churned = (f) => sorted(
    all("customers").filter((row) => row.stage === "churned" && between(row.entered_date, f.start, f.end)).map((row) => {
      const deal = dealById.get(row.opportunity_id);
      return { id: row.opportunity_id, account: row.account, lost_on: row.entered_date,
        churned_amount: cents(row.churned_amount), drill: { churned_amount: deal ? [deal] : [] } };
    }), "-churned_amount", "id");
  views.pipeline = (f, mine) => {
    const soon = addDays(f.as_of, 89);
    return sorted([...groups(mine.filter((deal) => !deal.is_closed), (deal) => deal.stage ?? "(none)")].map(([stage, rows]) => {
      const due = rows.filter((deal) => between(deal.closed_on, f.as_of, soon));
      const late = rows.filter((deal) => deal.closed_on !== null && deal.closed_on < f.as_of);
      return { stage, deals: rows.length, amount: sumOf(rows, "amount"), due_amount: sumOf(due, "amount"),
        overdue: late.length, overdue_amount: sumOf(late, "amount"),
        drill: { deals: rows, amount: rows, due_amount: due, overdue: late, overdue_amount: late } };
    }), "-amount", "stage");
  };
  // Targets on people and opportunities have their units listed; of visits, clicks and impressions there are too many.
  const LISTED = new Set(["leads", "mqls", "sqls", "opportunities", "won_amount"]);
  const unitsOf = (target, amount, test = () => true) => ({
    length: page.later.target_units && amount && LISTED.has(target.metric) ? 2 : 0,
    what: ["record", "records"], arrive: () => later("target_units").then((rows) =>
      unitList(rows.filter((row) => row.target_id === target.target_id && test(row)), target.is_sealed)) });
  views.running_targets = () => sorted(all("running_targets").map((row) => ({ ...row, id: row.target_id,
    drill: { delivered: unitsOf(row, row.delivered) } })),
    "period_end", "metric", "id");
  views.books = () => {
    const rows = all("books");
    if (!rows.length) return [];
    const most = (column, of = (value) => value) =>
      rows.reduce((found, row) => (row[column] === null ? found : Math.max(found ?? -Infinity, of(cents(row[column])))), null);
    const row = { difference: most("difference", Math.abs) };
    for (const column of ["won_amount", "invoiced_amount", "invoice_difference", "uninvoiced_amount", "exchange_difference",
      "invoiced_elsewhere_amount"]) row[column] = most(column);
    return [{ ...row, drill: { won_amount: won(deals) } }];
  };

  const HANDED = ["mqls", "accepted", "rejected", "returned", "no_response", "answered", "pending"];
  const handedOver = (f, from, to) => all("handover").filter((row) => between(row.cohort_month, from, to) &&
    (!f.marketer || row.marketer_user_id === f.marketer) && (!f.seller || row.seller_user_id === f.seller));
  // What is behind a count of MQLs, of their deals or of a target's units: `size` rows, which `arrive` when asked for.
  const mqlsWhere = (size, test) => ({ length: page.later.mqls ? size : 0, what: ["MQL", "MQLs"],
    arrive: () => mqlRows().then((rows) => mqlList(rows.filter(test))) });
  // Of MQLs that became deals, or that were refused before: `link` is the column that names the MQL.
  const dealsOfMqls = (size, test, link = "occurrence", ofDeal = () => true) => ({
    length: page.later.mqls && page.later.mql_deals ? size : 0, what: ["deal", "deals"],
    arrive: () => Promise.all([mqlRows(), later("mql_deals")]).then(([rows, links]) => {
      const chosen = new Set(rows.filter(test).map((row) => row.id));
      return dealList(links.filter((row) => chosen.has(mqlKey(row.person_id, row[link])))
        .map((row) => dealById.get(row.opportunity_id)).filter((deal) => deal && ofDeal(deal)));
    }) });
  const isNewBusiness = (deal) => deal.type === "new_business";
  // The MQLs that these months count, by the month in which the person first became one.
  const handedMqls = (f, from, to) => (mql) => between(mql.cohort_month, from, to) &&
    (!f.marketer || mql.marketer_user_id === f.marketer) && (!f.seller || mql.seller_user_id === f.seller);
  const DECIDED = new Set(["accepted", "rejected", "no_response"]);
  function handedSums(rows, test) {
    const row = { drill: {} };
    for (const name of HANDED) {
      row[name] = count(rows, name);
      row.drill[name] = mqlsWhere(row[name], (mql) => test(mql) && (name === "mqls" || mql.outcome === name));
    }
    const decided = row.accepted + row.rejected + row.no_response;
    const late = count(rows, "late_responses");
    row.acceptance_rate = ratio(row.accepted, decided);
    row.drill.acceptance_rate = mqlsWhere(decided, (mql) => test(mql) && DECIDED.has(mql.outcome));
    row.late_share = ratio(late, count(rows, "responses"));
    row.drill.late_share = mqlsWhere(late, (mql) => test(mql) && mql.is_late);
    return row;
  }
  views.handover_period = (f) => {
    const rows = handedOver(f, f.month_start, f.month_end);
    return count(rows, "mqls") ? [handedSums(rows, handedMqls(f, f.month_start, f.month_end))] : [];
  };
  views.handover_months = (f) => sorted([...groups(handedOver(f, f.year_start, f.month_end), (row) => row.cohort_month)]
    .map(([month, rows]) => ({ month, ...handedSums(rows, handedMqls(f, month, month)) })), "month");
  views.response_months = (f) => sorted(all("handover_total")
    .filter((row) => between(row.cohort_month, f.year_start, f.month_end)).map((row) => ({ ...row, month: row.cohort_month,
      drill: { responses: mqlsWhere(row.responses, (mql) => mql.cohort_month === row.cohort_month && mql.is_answered),
        median_hours_to_response: mqlsWhere(row.responses, (mql) => mql.cohort_month === row.cohort_month &&
          mql.hours_to_response !== null) } })), "month");
  const byColleague = (f, role) => sorted(
    [...groups(handedOver(f, f.month_start, f.month_end), (row) => row[`${role}_user_id`])].map(([id, rows]) => ({
      id, [role]: rows.find((row) => row[`${role}_name`] !== null)?.[`${role}_name`] ?? id,
      ...handedSums(rows, handedMqls({ ...f, [role]: id }, f.month_start, f.month_end)),
    })).filter((row) => row.mqls), "-mqls", "id");
  views.handover_sellers = (f) => byColleague(f, "seller");
  views.handover_marketers = (f) => byColleague(f, "marketer");
  function refused(rows, f, test) {
    const mine = (mql) => mql.outcome === "rejected" && between(mql.decided_month, f.month_start, f.month_end) && test(mql);
    const row = { rejected_mqls: count(rows, "rejected_mqls"), later_opportunities: count(rows, "later_opportunities"),
      later_won_amount: sumOf(rows, "later_won_amount") };
    return { ...row, drill: { rejected_mqls: mqlsWhere(row.rejected_mqls, mine),
      later_opportunities: dealsOfMqls(row.later_opportunities, mine, "refused_occurrence"),
      later_won_amount: dealsOfMqls(count(rows, "later_won"), mine, "refused_occurrence", (deal) => deal.is_won) } };
  }
  views.reasons = (f) => sorted([...groups(all("reasons").filter((row) => between(row.month, f.month_start, f.month_end)),
    (row) => `${row.reason} · ${row.reason_class}`)].map(([id, rows]) => ({
    id, reason: rows[0].reason, reason_class: rows[0].reason_class, ...refused(rows, f,
      (mql) => mql.reason === rows[0].reason && mql.reason_class === rows[0].reason_class) })), "-rejected_mqls", "id");
  const refusedBy = (name, key, shown) => {
    views[`reasons_${name}`] = (f) => sorted([...groups(
      all("refusals").filter((row) => between(row.month, f.month_start, f.month_end) &&
        (!f.marketer || row.marketer_user_id === f.marketer) && (!f.seller || row.seller_user_id === f.seller)),
      (row) => row[key] ?? "(none)")].map(([id, rows]) => ({
      id, [name]: rows.find((row) => row[shown] !== null)?.[shown] ?? id, ...refused(rows, f, (mql) =>
        (mql[key] ?? "(none)") === id && (!f.marketer || mql.marketer_user_id === f.marketer) &&
        (!f.seller || mql.seller_user_id === f.seller)) })), "-rejected_mqls", "id");
  };
  refusedBy("seller", "seller_user_id", "seller_name");
  refusedBy("marketer", "marketer_user_id", "marketer_name");
  refusedBy("source", "source", "source");
  refusedBy("campaign", "campaign", "campaign");
  views.waiting = (f) => sorted(all("waiting").filter((row) =>
    (!f.marketer || row.marketer_user_id === f.marketer) && (!f.seller || row.seller_user_id === f.seller)).map((row) => ({
    ...row, id: row.person_id, account: row.account_name ?? "no company known", seller: row.seller_name,
    marketer: row.marketer_name, lead: row.lead_id,
    drill: { hours_waiting: mqlsWhere(1, (mql) => mql.is_waiting && mql.person_id === row.person_id) } })),
  "-hours_waiting", "id");

  // Pairs: people only. Who is no user, or an integration, counts for the team.
  const isIntegration = new Map(all("humans").map((user) => [user.user_id, user.is_integration]));
  const isHuman = (id) => isIntegration.get(id) === false;
  const LEAST_DECIDED = 5;
  function ratedPair(rows, test) {
    const sums = handedSums(rows, test);
    const decided = sums.accepted + sums.rejected + sums.no_response;
    return { ...sums, acceptance_rate: decided >= LEAST_DECIDED ? sums.accepted / decided : null };
  }
  const pairRows = (f) => [...groups(handedOver(f, f.year_start, f.month_end)
    .filter((row) => isHuman(row.marketer_user_id) && isHuman(row.seller_user_id)),
  (row) => `${row.marketer_user_id} & ${row.seller_user_id}`)].map(([id, rows]) => {
    const [{ marketer_user_id, seller_user_id, marketer_name, seller_name }] = rows;
    const test = handedMqls({ marketer: marketer_user_id, seller: seller_user_id }, f.year_start, f.month_end);
    const sums = ratedPair(rows, test);
    const [made, wins] = [count(rows, "opportunities"), count(rows, "won")];
    const isWin = (deal) => isNewBusiness(deal) && deal.is_won;
    return { id, marketer: marketer_name, seller: seller_name, ...sums, opportunities: made, won: wins,
      won_amount: sumOf(rows, "won_amount"),
      drill: { ...sums.drill, opportunities: dealsOfMqls(made, test, "occurrence", isNewBusiness),
        won: dealsOfMqls(wins, test, "occurrence", isWin), won_amount: dealsOfMqls(wins, test, "occurrence", isWin) } };
  }).filter((row) => row.mqls);
  views.pairs_heat = (f) => sorted(pairRows(f), "id");
  views.pairs = (f) => sorted(pairRows(f), "-won_amount", "-mqls", "id");
  views.integrations = (f) => sorted([...groups(handedOver(f, f.year_start, f.month_end)
    .filter((row) => !isHuman(row.marketer_user_id)), (row) => row.marketer_user_id)].map(([id, rows]) => {
    const test = handedMqls({ marketer: id, seller: f.seller }, f.year_start, f.month_end);
    const sums = ratedPair(rows, test);
    return { id, creator: rows.find((row) => row.marketer_name !== null)?.marketer_name ?? id,
      what: isIntegration.get(id) ? "integration" : "no person named", ...sums, won_amount: sumOf(rows, "won_amount"),
      drill: { ...sums.drill, won_amount: dealsOfMqls(count(rows, "won"), test, "occurrence",
        (deal) => isNewBusiness(deal) && deal.is_won) } };
  }).filter((row) => row.mqls), "-mqls", "id");
  views.overlap = (f) => {
    const day = all("overlap_days").map((row) => row.as_of_date).filter((date) => date <= f.end).at(-1);
    return sorted(all("overlap").filter((row) => row.as_of_date === day && (!f.marketer || row.marketer_user_id === f.marketer) &&
      (!f.seller || row.seller_user_id === f.seller)).map((row) => ({ ...row,
      id: `${row.marketer_user_id} & ${row.seller_user_id}`, marketer: row.marketer_name ?? row.marketer_user_id,
      seller: row.seller_name ?? row.seller_user_id, won_amount: cents(row.won_amount) })), "-shared_accounts", "-overlap", "id");
  };

  // Content. Behind a piece are the deals with a counting touch on it.
  const dealsByAsset = new Map();
  for (const deal of deals) for (const asset of deal.assets) {
    if (!dealsByAsset.has(asset)) dealsByAsset.set(asset, []);
    dealsByAsset.get(asset).push(deal);
  }
  const USED = "Deals with a counting touch on the piece.";
  const behindAsset = (asset, ...columns) => ({ because: USED,
    drill: Object.fromEntries(columns.map((column) => [column, dealsByAsset.get(asset) || []])) });
  const onTheme = (f) => (row) => (!f.topic || row.topic === f.topic) && (!f.persona || row.persona === f.persona);
  views.top_five = (f) => {
    const rows = all("top_five").filter((row) => row.is_complete_week && row.week <= addDays(f.end, -6));
    const week = rows.reduce((last, row) => (row.week > last ? row.week : last), "");
    return sorted(rows.filter((row) => row.week === week).map((row) => ({ ...row, id: row.asset_id,
      climbed: row.previous_rank === null ? null : row.previous_rank - row.rank, attributed_amount: cents(row.attributed_amount),
      ...behindAsset(row.asset_id, "visits", "people", "leads", "mqls", "attributed_amount") })), "rank");
  };
  views.published = (f) => sorted(all("assets").filter((row) => !row.is_deleted && row.status === "published" &&
    between(row.published_on, f.start, f.end)).filter(onTheme(f)).map((row) => ({ ...row, id: row.content_asset_id })),
  "-published_on", "id");
  views.making = (f) => sorted(all("content_work").filter((row) => row.is_in_development).filter(onTheme(f)).map((row) => ({
    ...row, id: row.asset_id, requested_by: row.requested_by_user_name, planned_on: row.planned_date,
    first_planned_on: row.first_planned_date })), "planned_on", "id");
  views.decide = () => sorted(all("content_work").filter((row) => row.is_rated_unhelpful || row.is_never_shared).map((row) => ({
    ...row, id: row.asset_id, ...behindAsset(row.asset_id, "people", "shares") })), "-people", "id");
  views.effect = (f) => sorted(all("effect").filter((row) => row.model === f.model).filter(onTheme(f)).map((row) => ({ ...row,
    id: row.asset_id, title: row.title ?? row.asset_id, attributed_amount: cents(row.attributed_amount),
    ...behindAsset(row.asset_id, "visits", "people", "mqls_touched", "mqls_sourced", "deals_won_touched", "attributed_amount") })),
  "-attributed_amount", "-people", "id");
  views.shares = (f) => sorted([...groups(all("shares").filter((row) => between(row.shared_on, f.start, f.end) &&
    (!f.seller || row.actor_user_id === f.seller)), (row) => row.actor_user_id ?? "")].map(([id, rows]) => {
    const pieces = [...new Set(rows.map((row) => row.content_asset_id))].filter((piece) => piece !== null);
    const behind = [...new Set(pieces.flatMap((piece) => dealsByAsset.get(piece) || []))].filter((deal) => deal.seller === id);
    return { id, seller: userName(id), shares: rows.length, pieces: pieces.length,
      because: "The seller's own deals with a counting touch on one of the pieces.", drill: { shares: behind, pieces: behind } };
  }), "-shares", "id");
  views.by_seller = (f) => sorted(all("by_seller").filter((row) => !f.seller || row.seller_user_id === f.seller).map((row) => ({
    ...row, id: `${row.asset_id} & ${row.seller_user_id}`, title: row.title ?? row.asset_id,
    seller: row.seller_name ?? row.seller_user_id, won_amount_after: cents(row.won_amount_after),
    because: "The seller's own deals with a counting touch on the piece.",
    drill: Object.fromEntries(["shares", "opened_after", "deals_won_after", "won_amount_after"].map((column) => [column,
      (dealsByAsset.get(row.asset_id) || []).filter((deal) => deal.seller === row.seller_user_id)])) })),
  "-won_amount_after", "-shares", "id");
  views.feedback = (f) => sorted(all("feedback").filter((row) => between(row.given_on, f.start, f.end) &&
    (!f.seller || row.seller_user_id === f.seller)).map((row) => ({ ...row, title: row.title ?? row.asset_id,
    seller: row.seller_name ?? row.seller_user_id, because: "The seller's own deals with a counting touch on the piece.",
    drill: { rating: (dealsByAsset.get(row.asset_id) || []).filter((deal) => deal.seller === row.seller_user_id) } })),
  "-given_on", "id");
  views.questions = (f) => sorted(all("questions").filter((row) => !f.seller || row.seller_user_id === f.seller).map((row) => ({
    ...row, id: row.question_id, seller: row.seller_name ?? row.seller_user_id,
    ...behindAsset(row.asset_id, "days_to_answer") })), "is_answered", "-asked_on", "id");

  // Channels. Behind a channel are the deals with a counting touch of it.
  const CREDITED = "Deals with a counting touch of the channel. How much of each the model gives it is in the deal's explanation.";
  const dealsOfChannel = new Map();
  for (const deal of deals) for (const channel of deal.channels) {
    if (!dealsOfChannel.has(channel)) dealsOfChannel.set(channel, []);
    dealsOfChannel.get(channel).push(deal);
  }
  const behindChannel = (channel, ...columns) => {
    const mine = dealsOfChannel.get(channel) || [];
    const open = mine.filter((deal) => !deal.is_closed);
    return { because: CREDITED, drill: Object.fromEntries(columns.map((column) =>
      [column, column === "open_amount" ? open : column === "mqls" || column === "opportunities" ? mine : won(mine)])) };
  };
  const ofModel = (f) => (row) => row.model === f.model && (!f.channel || row.channel === f.channel);
  function returned(rows) {
    const row = { cost: sumOf(rows, "cost"), mqls: count(rows, "mqls"), opportunities: count(rows, "opportunities"),
      customers: count(rows, "customers"), won_amount: sumOf(rows, "won_amount"), open_amount: sumOf(rows, "open_amount") };
    row.cac = row.cost > 0 && row.customers >= 0.1 - 1e-9 ? row.cost / 100 / row.customers : null;
    row.roas = row.cost > 0 ? row.won_amount / row.cost : null;
    return row;
  }
  views.returns = (f) => sorted([...groups(all("returns").filter(ofModel(f))
    .filter((row) => between(row.month, f.month_start, f.month_end)), (row) => row.channel)].map(([channel, rows]) => ({
    channel, ...returned(rows), ...behindChannel(channel, "mqls", "opportunities", "customers", "won_amount", "open_amount", "cost"),
  })), "-cost", "-won_amount", "channel");
  views.ripeness = (f) => sorted([...groups(all("returns").filter(ofModel(f))
    .filter((row) => between(row.month, f.year_start, f.month_end)), (row) => row.month)].map(([month, rows]) => {
    const known = rows.filter((row) => row.is_ripe !== null);
    const ripe = known.length && known.every((row) => row.is_ripe) ? "ripe" : known.length < rows.length ? "not known" : "unripe";
    const shares = rows.map((row) => row.ripeness).filter((share) => share !== null);
    const behind = deals.filter((deal) => deal.months.includes(month) && (!f.channel || deal.channels.includes(f.channel)));
    return { month, ripe, usual: shares.length ? Math.max(...shares) : null, ...returned(rows),
      because: "Deals with a counting touch of that month. How much of each the model gives it is in the deal's explanation.",
      drill: { customers: won(behind), won_amount: won(behind), open_amount: behind.filter((deal) => !deal.is_closed) } };
  }), "month");
  views.models = (f) => sorted(all("models").filter(ofModel(f)).map((row) => ({ ...row, won_amount: cents(row.won_amount),
    min_won_amount: cents(row.min_won_amount), max_won_amount: cents(row.max_won_amount), spread_amount: cents(row.spread_amount),
    ...behindChannel(row.channel, "won_amount", "won_share", "min_won_amount", "max_won_amount", "spread_amount") })),
  "-max_won_amount", "channel");
  views.lag = (f) => sorted(all("lag").filter((row) => !f.channel || row.channel === f.channel).map((row) => ({ ...row,
    won_amount: cents(row.won_amount), won_amount_within_90_days: cents(row.won_amount_within_90_days),
    hidden_at_90_days: cents(row.hidden_at_90_days), ...behindChannel(row.channel, "deals_won", "won_amount",
      "won_amount_within_90_days", "hidden_at_90_days") })), "-won_amount", "channel");

  views.spotlight = (f) => {
    const rows = all("spotlight").filter((row) => row.month <= f.month_end);
    const month = rows.reduce((last, row) => (row.month > last ? row.month : last), "");
    return sorted(rows.filter((row) => row.month === month).map((row) => {
      const deal = dealById.get(row.opportunity_id);
      const days = row.used_on && deal ? (day(deal.closed_on) - day(row.used_on)) / 86400000 : null;
      return { ...row, id: `${row.opportunity_id} · ${row.position}`, deal: row.deal ?? row.opportunity_id,
        amount: cents(row.amount),
        closed_on: deal?.closed_on ?? null, days_before_close: days, drill: { amount: deal ? [deal] : [] } };
    }), "deal_rank", "position");
  };

  const endedTargets = (f) => all("targets").filter((row) => between(row.period_end, f.start, f.end));
  views.stake = (f) => {
    const rows = endedTargets(f);
    const of = (verdict) => rows.filter((row) => row.verdict === verdict).length;
    return rows.length ? [{ bonus_at_stake: sumOf(rows, "bonus_at_stake"), targets: rows.length, verified: of("verified"),
      inflated: of("inflated"), doubtful: of("doubtful"), missed: of("missed") }] : [];
  };
  const VERDICTS = ["inflated", "doubtful", "missed"];
  views.targets = (f) => sorted(endedTargets(f).map((row) => {
    const sealed = row.is_sealed ? ", judged as sealed" : "";
    const today = row.verdict === row.current_verdict ? "" : `; today ${row.current_verdict}`;
    return { ...row, id: row.target_id, verdict: `${row.verdict}${sealed}${today}`, bonus_amount: row.bonus_amount === null ? null : cents(row.bonus_amount),
      place: VERDICTS.includes(row.verdict) ? VERDICTS.indexOf(row.verdict) : 3,
      drill: { delivered: unitsOf(row, row.delivered), verified: unitsOf(row, row.verified, (unit) => unit.held_up) } };
  }), "place", "-bonus_amount", "-period_end", "id");
  views.metrics = (f) => sorted(all("metrics").filter((row) => (!f.channel || row.channel === f.channel) &&
    (row.channel === "total" || ["vanity", "watch"].includes(row.verdict))).map((row) => ({ ...row,
    id: `${row.metric} · ${row.channel}`, place: row.verdict === "vanity" ? 1 : row.verdict === "watch" ? 2 : 3,
    later: row.channel === "total" ? 0 : 1,
    ...behindChannel(row.channel, "won_amount_per_unit") })), "place", "later", "metric", "channel");

  const conflicts = new Map(all("conflicts").map((row) => [row.opportunity_id, row]));
  const isForgotten = (deal) => ["overwritten", "lost"].includes(deal.origin_status);
  views.forgotten_sum = (f, mine) => {
    const rows = closedIn(won(mine), f.start, f.end);
    const gone = rows.filter(isForgotten);
    const of = (status) => rows.filter((deal) => deal.origin_status === status);
    return [{ forgotten_amount: sumOf(gone, "amount"), forgotten: gone.length, overwritten: of("overwritten").length,
      lost: of("lost").length, share: ratio(sumOf(gone, "amount"), sumOf(rows, "amount")),
      drill: { forgotten_amount: gone, forgotten: gone, overwritten: of("overwritten"), lost: of("lost"), share: gone } }];
  };
  views.forgotten = (f, mine) => sorted(closedIn(won(mine), f.start, f.end).filter((deal) => conflicts.has(deal.opportunity_id))
    .map((deal) => {
      const conflict = conflicts.get(deal.opportunity_id);
      return { id: deal.opportunity_id, deal: deal.name ?? deal.opportunity_id, amount: cents(deal.amount),
        creator: conflict.originator_user_name, originator_team: deal.originator_team, originator_source: deal.source,
        crm_lead_source: deal.crm_source, origin_status: deal.origin_status, changed_by: conflict.overwritten_by_user_name,
        changed_on: conflict.changed_on, money_rank: conflict.money_rank, drill: { amount: [deal] } };
    }), "money_rank");

  views.movers = () => sorted(all("movers").map((row) => {
    const deal = dealById.get(row.opportunity_id);
    return { ...row, change_amount: cents(row.change_amount), drill: { change_amount: deal ? [deal] : [] } };
  }), "place");
  views.restated = () => sorted(all("restated").map((row) => ({ ...row, change_amount: cents(row.change_amount) })), "id");
  views.sealed_moved = () => all("sealed_moved");
  views.sealed = () => sorted(all("sealed").map((row) => ({ ...row, sealed_amount: cents(row.sealed_amount),
    current_amount: cents(row.current_amount), change_amount: cents(row.change_amount) })), "place");
  views.sealed_standing = () => all("sealed_standing");
  views.tables_changed = () => {
    const numbers = distinct(all("publications").map((row) => row.publication_number));
    if (numbers.length < 2) return [];
    const last = Math.max(...numbers);
    const former = new Map(all("publications").filter((row) => row.publication_number < last).map((row) => [row.table_name, row]));
    return sorted(all("publications").filter((row) => row.publication_number === last && former.has(row.table_name) &&
      former.get(row.table_name).content_hash !== row.content_hash).map((row) => ({ table_name: row.table_name,
      rows_before: former.get(row.table_name).row_count, rows_now: row.row_count,
      more: row.row_count - former.get(row.table_name).row_count })), "table_name");
  };

  // ── Sentences: what the card's figures mean ───────────────────────────────────────────────────────────────────────
  const sentences = {};
  const change = (now, before) => {
    if (!before) return "the period before had none";
    const by = (now - before) / Math.abs(before);
    if (Math.abs(by) < 0.005) return "as much as the period before";
    return `${Math.abs(by * 100).toFixed(0)}% ${by > 0 ? "more" : "less"} than the period before`;
  };
  sentences.revenue = (rows, f) => {
    const [n] = rows.number;
    const target = rows.quarters.find((row) => state.unit === "quarter" && row.quarter === quarterName(f.start))?.target;
    const said = [`${about.currency} ${shortMoney(n.won_amount)} won in ${periodName(f)}, ${change(n.won_amount, n.before_amount)}`];
    if (target) said.push(`${((n.won_amount / target) * 100).toFixed(0)}% of the target of ${shortMoney(target)}`);
    return `${said.join("; ")}.`;
  };
  sentences.handover = (rows) => {
    const [n] = rows.handover_period;
    if (!n) return "";
    return `Of ${grouped.format(n.mqls)} MQLs sales took up ${grouped.format(n.accepted)} and refused ` +
      `${grouped.format(n.rejected)}; ${grouped.format(n.no_response)} were never answered in time.`;
  };
  sentences.pairs = (rows) => {
    const rated = sorted(rows.pairs_heat.filter((row) => row.acceptance_rate !== null), "-acceptance_rate", "-mqls");
    if (rated.length < 2) return "";
    const [best, worst] = [rated[0], rated.at(-1)];
    return `${best.seller} takes up ${writers.share(best.acceptance_rate)} of ${best.marketer}'s MQLs, ${worst.seller} ` +
      `${writers.share(worst.acceptance_rate)} of ${worst.marketer}'s.`;
  };
  sentences.integrations = (rows, f) => {
    const mine = count(rows.integrations, "mqls");
    const every = count(handedOver(f, f.year_start, f.month_end), "mqls");
    return every ? `${writers.share(mine / every)} of ${grouped.format(every)} MQLs were handed over by no person: they count for the team alone.` : "";
  };
  sentences.waiting = (rows) => {
    const late = rows.waiting.filter((row) => row.is_overdue).length;
    const long = rows.waiting.filter((row) => row.hours_waiting > 90 * 24).length;
    const told = long ? ` ${grouped.format(long)} have waited for more than 90 days: close them, or hand them back.` : "";
    return rows.waiting.length ? `${grouped.format(rows.waiting.length)} MQLs have no answer, ${grouped.format(late)} of them beyond the ${about.sla_hours} hours agreed.${told}` : "";
  };
  sentences.returns = (rows) => {
    const cost = rows.returns.reduce((sum, row) => sum + row.cost, 0);
    const brought = rows.returns.reduce((sum, row) => sum + (row.cost > 0 ? row.won_amount : 0), 0);
    return cost ? `${about.currency} ${shortMoney(cost)} spent; the channels that cost money have won ${shortMoney(brought)} so far.` : "";
  };
  sentences.targets = (rows) => {
    const [n] = rows.stake;
    if (!n) return "";
    const wrong = n.inflated ? `${n.inflated} ${n.inflated === 1 ? "was" : "were"} reached by what did not hold up` : "none was reached by what did not hold up beyond chance";
    return `Of ${n.targets} targets ${n.verified} held up; ${wrong}.`;
  };
  sentences.forgotten = (rows) => {
    const [n] = rows.forgotten_sum;
    return n.forgotten ? `For ${about.currency} ${shortMoney(n.forgotten_amount)} in ${n.forgotten} won deals the CRM no longer names who created them.` : "";
  };
  const periodName = (f) => UNITS[state.unit].name(f.start);

  // ── Drawing ───────────────────────────────────────────────────────────────────────────────────────────────────────
  const SHOWN_ROWS = 10;
  const SHOWN_MONTHS = 12;
  const cards = new Map();
  for (const section of page.sections) for (const card of section.cards) cards.set(card.name, card);

  function figure(view, column, row, key, text, attributesHidden = false) {
    const behind = row.drill?.[column.name];
    const value = row[column.name];
    if (!behind || !behind.length || value === null || value === undefined || value === 0 || attributesHidden) return text;
    const [one, many] = behind.what ?? ["deal", "deals"];
    const label = `${column.text}, ${key}: ${text}. Show the ${behind.length === 1 ? one : `${many === "records" ? "" : `${behind.length} `}${many}`} behind it`;
    return el("button", { type: "button", class: "figure", "aria-label": label,
      onclick: () => showBehind(`${view.title}: ${column.text}${key ? `, ${key}` : ""}`, behind, row.because) }, text);
  }
  function cell(tag, view, column, row, attributes = {}) {
    const value = row[column.name];
    const text = written(value, column.kind);
    const exact = column.kind === "money" && value !== null && value !== undefined ? exactMoney.format(value / 100) : null;
    const key = view.form === "numbers" ? "" : String(row.id ?? row[view.columns[0].name]);
    const label = view.form === "numbers" ? "" : written(row[firstShown(view).name], firstShown(view).kind);
    return el(tag, {
      ...attributes, "data-view": view.name, "data-row": key, "data-column": column.name,
      "data-value": plain(value, column.kind), title: exact,
      class: [attributes.class, NUMERIC.has(column.kind) ? "number" : null, value === 0 && view.form === "table" ? "zero" : null,
        ["date", "month"].includes(column.kind) ? column.kind : null, column.kind === "text" && String(value ?? "").length > 28 ? "long" : null,
        column.kind === "text" && String(value ?? "").length <= 18 ? "short" : null].filter(Boolean).join(" ") || null,
    }, figure(view, column, row, label, text, attributes.hidden));
  }
  const shown = (view) => view.columns.filter((column) => column.name !== "id");
  const firstShown = (view) => shown(view)[0];

  function drawNumbers(view, row) {
    return el("dl", { class: "numbers" }, shown(view).map((column, place) =>
      el("div", { class: place === 0 ? "lead" : null }, el("dt", {}, column.text), cell("dd", view, column, row))));
  }
  function drawTable(view, rows) {
    const most = firstShown(view).kind === "month" ? SHOWN_MONTHS : SHOWN_ROWS;
    const head = el("tr", {}, shown(view).map((column) =>
      el("th", { scope: "col", class: NUMERIC.has(column.kind) ? "number" : null }, column.text)));
    const body = el("tbody", {}, rows.map((row, place) => el("tr", { hidden: place >= most },
      shown(view).map((column, n) => cell(n === 0 ? "th" : "td", view, column, row, n === 0 ? { scope: "row" } : {})))));
    const table = el("table", {}, el("caption", { class: "unseen" }, view.title), el("thead", {}, head), body);
    const more = rows.length > most && el("button", { type: "button", class: "quiet", onclick: (event) => {
      $$("tr[hidden]", body).forEach((row) => { row.hidden = false; });
      event.target.remove();
    } }, `Show all ${grouped.format(rows.length)}`);
    return [el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": view.title }, table), more];
  }
  function csv(view, rows) {
    const quoted = (text) => `"${String(text).replaceAll('"', '""')}"`;
    // A spreadsheet would take a text that begins like this for a formula.
    const safe = (text) => (/^[=+\-@\t\r]/.test(text) ? `'${text}` : text);
    const lines = rows.map((row) => view.columns.map((column) => {
      const value = plain(row[column.name], column.kind);
      return quoted(NUMERIC.has(column.kind) ? value : safe(value));
    }).join(","));
    return `\ufeff${[view.columns.map((column) => quoted(column.name)).join(","), ...lines].join("\r\n")}\r\n`;
  }
  function download(name, text) {
    const link = el("a", { href: URL.createObjectURL(new Blob([text], { type: "text/csv" })), download: name });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }
  const literal = (value) => `'${String(value).replaceAll("'", "''")}'`;
  const substituted = (sql, f) => sql.replace(/\{(\w+)\}/g, (_, name) => literal(f[name])).trim();

  const drawn = new Map();
  function drawCard(card, f, mine) {
    const home = $(`#card-${card.name}`);
    const rowsByView = {};
    const parts = [];
    for (const view of card.views) {
      if (view.missing.length) {
        if (view.form !== "line") {
          parts.push(el("p", { class: "miss", "data-view": view.name }, view.absent ||
            `Not in this published file: ${view.missing.join(", ")}.`));
        }
        rowsByView[view.name] = [];
        continue;
      }
      const rows = views[view.name](f, mine);
      rowsByView[view.name] = rows;
      if (!rows.length && !view.empty) continue;
      const title = view.form !== "line" && el("div", { class: "view-head" }, el("h4", {}, view.title), rows.length > 0 && el("button", {
        type: "button", class: "quiet csv", "aria-label": `CSV: ${view.title}`,
        onclick: () => download(`${view.name}.csv`, csv(view, rows)),
      }, "CSV"));
      const empty = !rows.length && el("p", { class: "miss", "data-view": view.name }, view.empty);
      const chart = page.charts[view.name] && rows.length > 0 && el("div", { class: "chart", "data-chart": view.name });
      parts.push(el("div", { class: `view view-${view.form}${chart ? " charted" : ""}` }, title, chart, empty,
        rows.length > 0 && (view.form === "numbers" ? drawNumbers(view, rows[0]) : draw[view.form](view, rows)),
        view.note && el("p", { class: "note" }, view.note)));
    }
    const said = sentences[card.name]?.(rowsByView, f);
    $(".said", home).textContent = said || card.question;
    $(".views", home).replaceChildren(...parts);
    $(".asks", home).replaceChildren(...card.views.filter((view) => rowsByView[view.name].length || view.empty && !view.missing.length).map((view) =>
      el("pre", { tabindex: 0, "aria-label": `SQL: ${view.title}` }, `-- ${view.title}\n${substituted(view.sql, f)};`)));
    drawn.set(card.name, rowsByView);
    for (const place of $$("[data-chart]", home)) drawChart(place, place.dataset.chart, rowsByView[place.dataset.chart], card);
  }
  // A heat map is a table: rows are marketers, columns sellers, the colour is the rate.
  function drawHeat(view, rows) {
    const marketers = distinct(rows.map((row) => row.marketer));
    const sellers = distinct(rows.map((row) => row.seller));
    const [countColumn, rateColumn] = ["mqls", "acceptance_rate"].map((name) => view.columns.find((column) => column.name === name));
    const [marketerColumn, sellerColumn] = ["marketer", "seller"].map((name) => view.columns.find((column) => column.name === name));
    const square = (marketer, seller) => {
      const found = rows.filter((row) => row.marketer === marketer && row.seller === seller);
      if (!found.length) return el("td", {});
      return el("td", { class: "square", style: found[0].acceptance_rate === null ? null : `--heat: ${Math.round(found[0].acceptance_rate * 100)}%` },
        found.map((row) => [cell("span", view, rateColumn, row), cell("small", view, countColumn, row),
          // The names stand at the edges of the map; each figure has them with it.
          [marketerColumn, sellerColumn].map((column) => cell("span", view, column, row, { hidden: true }))]));
    };
    return el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": view.title }, el("table", { class: "heat" },
      el("caption", { class: "unseen" }, view.title),
      el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "marketer"), sellers.map((seller) => el("th", { scope: "col" }, seller)))),
      el("tbody", {}, marketers.map((marketer) => el("tr", {}, el("th", { scope: "row" }, marketer),
        sellers.map((seller) => square(marketer, seller)))))));
  }
  // A deal's line: a mark for every piece that its people used, from the first to the close.
  function drawTimeline(view, rows) {
    const column = Object.fromEntries(view.columns.map((one) => [one.name, one]));
    const mark = (row) => el("li", { class: `use use-${/^[a-z]+$/.test(row.use_type || "") ? row.use_type : "other"}` },
      cell("span", view, column.used_on, row, { class: "when" }), el("span", { class: "what" }, cell("b", view, column.title, row), " ",
        cell("span", view, column.use_type, row, { class: "how" }), " ", cell("span", view, column.person, row, { class: "how" })),
      cell("span", view, column.days_before_close, row, { class: "days" }));
    return el("div", { class: "lines" }, [...groups(rows, (row) => row.deal_rank)].map(([, uses]) => {
      const [top] = uses;
      const used = uses.filter((row) => row.use_type !== "none");
      const said = used.length
        ? `${grouped.format(used.length)} uses of content by ${distinct(used.map((row) => row.person)).length} people, the first ${grouped.format(Math.max(...used.map((row) => row.days_before_close ?? 0)))} days before the close.`
        : "Nobody of this deal used any content that is known. It was won without it, or its people's visits can't be told.";
      const facts = (row, place) => ["deal_rank", "deal", "account", "amount", "seller", "closed_on"].map((name) =>
        cell("span", view, column[name], row, { class: `fact fact-${name}`, hidden: place > 0 }));
      return el("article", { class: "deal" },
        el("div", { class: "deal-head" }, facts(top, 0), uses.slice(1).flatMap((row) => facts(row, 1))),
        el("p", { class: "how" }, said),
        el("ol", { class: used.length ? "uses" : "uses none", tabindex: used.length ? 0 : null,
          "aria-label": used.length ? `Uses of content, ${top.deal}` : null }, uses.map(mark)));
    }));
  }
  const drawLine = (view, rows) => rows.map((row) => el("p", {}, shown(view).map((column) => cell("span", view, column, row))));
  const draw = { table: drawTable, heat: drawHeat, timeline: drawTimeline, line: drawLine };

  const FONT = getComputedStyle(document.body).fontFamily;
  const CHART_LOOK = {
    background: "transparent", font: FONT, view: { stroke: null },
    axis: { labelColor: "var(--muted)", titleColor: "var(--muted)", gridColor: "var(--line)", domainColor: "var(--line)",
      tickColor: "var(--line)", labelFontSize: 12, labelFont: FONT, labelPadding: 6 },
    axisX: { grid: false, ticks: false }, axisY: { domain: false, ticks: false },
    legend: { labelColor: "var(--ink)", titleColor: "var(--muted)", labelFontSize: 12, symbolType: "circle", orient: "top",
      labelFont: FONT, offset: 4 },
  };
  // A chart without a target has no extent for it, which is no fault to warn of.
  const ERRORS_ONLY = 1;
  const MONEY_IN_CHARTS = new Set(["money", "cents"]);
  function drawChart(place, name, rows, card) {
    const view = card.views.find((one) => one.name === name);
    const money = new Set(view.columns.filter((column) => MONEY_IN_CHARTS.has(column.kind)).map((column) => column.name));
    const values = rows.map((row, index) => Object.fromEntries([["index", index], ...view.columns.map((column) => {
      const value = row[column.name];
      if (column.kind === "month" && value) return [column.name, `${monthName(value).slice(0, 3)} ${value.slice(2, 4)}`];
      return [column.name, money.has(column.name) && typeof value === "number" ? value / 100 : value];
    })]));
    const specification = JSON.parse(JSON.stringify(page.charts[name]));
    specification.datasets = { rows: values };
    // A chart that lies on its side grows with its rows; one of spend has those that cost something.
    const { step } = specification.height;
    if (step) specification.height = Math.max(2, rows.filter((row) => name !== "returns" || row.cost > 0).length) * step;
    place.setAttribute("role", "img");
    place.setAttribute("aria-label", `Chart: ${view.title}. The table below has the same figures.`);
    const width = place.clientWidth;
    const look = width < 760 ? { ...CHART_LOOK, legend: { ...CHART_LOOK.legend, columns: width < 460 ? 2 : 3 } } : CHART_LOOK;
    window.vegaEmbed(place, specification, { actions: false, renderer: "svg", logLevel: ERRORS_ONLY, config: look, tooltip: { theme: "page" } })
      .then(({ view: chart }) => {
        chart.addEventListener("click", (_, item) => {
          const datum = item?.datum;
          const row = datum && rows[datum.index];
          const column = row && view.columns.find((one) => one.name === (datum.part ?? view.columns[0].name));
          const behind = row && (row.drill?.[datum.part] || Object.values(row.drill || {})[0]);
          if (behind?.length) showBehind(`${view.title}: ${column?.text ?? ""}`, behind, row.because);
        });
      });
  }

  // ── Behind a figure: deals, and behind a deal its explanation ─────────────────────────────────────────────────────
  const dialog = $("#behind");
  let trail = [];
  function show(title, content) {
    $("h2", dialog).textContent = title;
    $(".back", dialog).hidden = trail.length < 2;
    $(".content", dialog).replaceChildren(...content);
    if (!dialog.open) dialog.showModal();
    $(".content", dialog).scrollTop = 0;
  }
  function go(step) {
    trail.push(step);
    step();
  }
  $(".back", dialog).addEventListener("click", () => {
    trail.pop();
    trail.at(-1)();
  });
  $(".close", dialog).addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => { trail = []; });
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });

  const DEAL_COLUMNS = [
    ["name", "deal", "text"], ["account", "customer", "text"], ["type", "type", "word"], ["outcome", "outcome", "text"],
    ["closed_on", "close date", "date"], ["amount", "amount", "money"], ["team", "created by", "text"],
    ["seller_name", "seller", "text"],
  ].map(([name, text, kind]) => ({ name, text, kind }));
  const dealRow = (deal) => ({ ...deal, id: deal.opportunity_id, amount: cents(deal.amount), seller_name: userName(deal.seller),
    name: deal.name || deal.opportunity_id, account: deal.account || deal.account_id || "no account" });
  // A list behind a figure; `clickable` gives the columns whose values open something the button.
  function list(title, columns, rows, { file, said, clickable = {}, order }) {
    return [
      el("p", { class: "sum" }, said, " ", el("button", { type: "button", class: "quiet csv", onclick: () => download(file,
        csv({ columns: [{ name: "id", kind: "text" }, ...columns] }, rows)) }, "CSV")),
      el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": title }, el("table", {},
        el("thead", {}, el("tr", {}, columns.map((column) =>
          el("th", { scope: "col", class: NUMERIC.has(column.kind) ? "number" : null }, column.text)))),
        el("tbody", {}, rows.slice(0, 500).map((row) => el("tr", { "data-id": row.id }, columns.map((column, n) =>
          el(n === 0 ? "th" : "td", { scope: n === 0 ? "row" : null,
            class: [NUMERIC.has(column.kind) && "number", column.kind === "date" && "date",
              ["lead", "record"].includes(column.name) && "record"].filter(Boolean).join(" ") || null,
            title: column.kind === "money" ? exactMoney.format(row[column.name] / 100) : null },
          clickable[column.name]?.(row) || written(row[column.name], column.kind)))))))),
      rows.length > 500 && el("p", { class: "note" },
        `The ${order} 500 of ${grouped.format(rows.length)} are listed; the CSV has all.`),
    ].filter(Boolean);
  }
  const named = (number, one, many) => `${grouped.format(number)} ${number === 1 ? one : many}`;
  const button = (text, onclick) => el("button", { type: "button", class: "figure", onclick }, text);
  function dealList(behind, title = "Deals") {
    const rows = sorted(behind.map(dealRow), "-amount", "id");
    return list(title, DEAL_COLUMNS, rows, { file: "deals.csv", order: "largest",
      said: [`${named(rows.length, "deal", "deals")}, `,
        el("b", {}, `${about.currency} ${exactMoney.format(rows.reduce((sum, row) => sum + row.amount, 0) / 100)}`)],
      clickable: { name: (row) => button(row.name, () => showDeal(row.id)) } });
  }
  function showDeals(title, behind, because) {
    go(() => show(title, [because && el("p", {}, because), ...dealList(behind, title)].filter(Boolean)));
  }
  // What isn't read with the page: its rows are asked for when somebody clicks.
  function showBehind(title, behind, because) {
    if (Array.isArray(behind)) {
      showDeals(title, behind, because);
      return;
    }
    go(() => {
      const place = el("div", {}, el("p", { "aria-live": "polite" }, "Reading …"));
      show(title, [because && el("p", {}, because), place].filter(Boolean));
      behind.arrive().then((content) => place.replaceChildren(...content),
        (error) => place.replaceChildren(el("p", { class: "miss" }, error.message)));
    });
  }
  const MQL_COLUMNS = [
    ["lead", "record", "text"], ["account", "company", "text"], ["mql_on", "MQL on", "date"], ["outcome", "outcome", "word"],
    ["reason", "why", "text"], ["hours_to_response", "answered after", "hours"], ["marketer", "marketer", "text"],
    ["seller", "seller", "text"], ["source", "source", "text"], ["campaign", "campaign", "text"], ["deals", "deals", "count"],
  ].map(([name, text, kind]) => ({ name, text, kind }));
  const mqlKey = (person, occurrence) => `${person} · ${occurrence}`;
  // Every MQL, with the deals that came of it.
  const mqlRows = () => Promise.all([later("mqls"), later("mql_deals")]).then(([rows, links]) => {
    const behind = groups(links, (row) => mqlKey(row.person_id, row.occurrence));
    return rows.map((row) => {
      const id = mqlKey(row.person_id, row.occurrence);
      const mine = (behind.get(id) || []).map((link) => dealById.get(link.opportunity_id)).filter(Boolean);
      return { ...row, id, mine, deals: mine.length, lead: row.lead_id, marketer: userName(row.marketer_user_id),
        seller: userName(row.seller_user_id) };
    });
  });
  function mqlList(found) {
    const rows = sorted(found, "-mql_on", "id");
    const theirs = [...new Set(rows.flatMap((row) => row.mine))];
    return list("MQLs", MQL_COLUMNS, rows, { file: "mqls.csv", order: "latest",
      said: [el("b", {}, named(rows.length, "MQL", "MQLs")), theirs.length > 0 && [", of which came ",
        button(named(theirs.length, "deal", "deals"), () => showDeals("Deals of these MQLs", theirs))]],
      clickable: { deals: (row) => row.deals > 0 && button(row.deals, () => showDeals(`Deals of the MQL ${row.lead}`, row.mine)) } });
  }
  const UNIT_COLUMNS = [
    ["record", "record", "text"], ["source", "source", "text"], ["unit_date", "on", "date"], ["quantity", "counts", "decimal"],
    ["held", "held up", "text"], ["reasons", "why not", "text"],
  ].map(([name, text, kind]) => ({ name, text, kind }));
  function unitList(found, isSealed) {
    const rows = sorted(found.map((row) => ({ ...row, id: row.unit_id, record: row.source_record_id,
      source: `${row.source_system}.${row.source_object}`, held: row.held_up === null ? "not judged yet" : row.held_up ? "yes" : "no" })),
    "held_up", "-unit_date", "record");
    return list("Records", UNIT_COLUMNS, rows, { file: "target.csv", order: "first",
      said: [el("b", {}, named(rows.length, "record", "records")),
        isSealed && " as they count today. The target is judged as sealed, by what was published then."],
      clickable: { record: (row) => dealById.has(row.record) && button(dealById.get(row.record).name || row.record, () => showDeal(row.record)) } });
  }

  // Files that are loaded when asked for: they hand over their rows by a call.
  const arriving = new Map();
  page.arrived = (name, build, text) => arriving.get(name)?.take(build, text);
  function later(name) {
    if (!arriving.has(name)) arriving.set(name, loaded(`data/${name}.js`, (set) => rowsOf(set)));
    return arriving.get(name).loaded;
  }
  function loaded(source, read) {
    const entry = {};
    entry.loaded = new Promise((resolve, reject) => {
      entry.take = (build, text) => (build === page.build ? resolve(unpacked(text).then(read))
        : reject(new Error("The page was replaced by a newer one. Please reload it.")));
      document.head.append(el("script", { src: source,
        onerror: () => reject(new Error(`${source} can't be read: was the whole folder copied?`)) }));
    });
    return entry;
  }

  // Shards of explanations, loaded when asked for.
  const shards = new Map();
  page.shard = (number, build, text) => shards.get(number)?.take(build, text);
  async function unpacked(text) {
    const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return JSON.parse(await new Response(stream).text());
  }
  function shard(number) {
    if (!shards.has(number)) shards.set(number, loaded(`data/deals-${String(number).padStart(4, "0")}.js`, (found) => found));
    return shards.get(number).loaded;
  }
  const FACTS = { preserved: "the CRM still says so", overwritten: "the CRM names another source today",
    lost: "the CRM names none today", no_lead: "no person came before the deal" };
  const FOUND = { converted_lead: "by the lead that became the deal", contact_role: "by the contact on the deal",
    account: "by the account's first person", inherited: "inherited from the customer's first won deal",
    created_by: "by who entered the deal" };
  function showDeal(id) {
    const deal = dealById.get(id);
    const place = el("div", { class: "explanation" }, el("p", { "aria-live": "polite" }, "Reading …"));
    go(() => {
      show(deal.name || id, [
        el("p", { class: "sum" }, `${deal.account || "no account"} · ${deal.type} · ${deal.outcome} · `,
          el("b", {}, `${about.currency} ${exactMoney.format(deal.amount)}`), ` · close date ${dateName(deal.closed_on)}`),
        el("dl", { class: "facts" },
          el("dt", {}, "created by"), el("dd", {}, `${deal.originator_team}: ${userName(deal.marketer)}, ${deal.source || "no source"} (found ${FOUND[deal.matched_by] || deal.matched_by || "by nothing"})`),
          el("dt", {}, "what the CRM says"), el("dd", {}, `${deal.crm_source || "nothing"}: ${FACTS[deal.origin_status] || deal.origin_status}`),
          el("dt", {}, "seller"), el("dd", {}, userName(deal.seller)),
          el("dt", {}, "record"), el("dd", {}, el("code", {}, id))),
        place,
      ]);
    });
    if (!page.explanations.shard_of) {
      place.replaceChildren(el("p", { class: "miss" }, page.explanations.absent));
      return;
    }
    const number = page.explanations.shard_of[id];
    if (number === undefined) {
      place.replaceChildren(...leftOut(deal));
      return;
    }
    shard(number).then(
      (found) => place.replaceChildren(...explained(deal, found)),
      (error) => place.replaceChildren(el("p", { class: "miss" }, error.message)));
  }
  const askFor = (deal) => `select * from marts.explain_credit\nwhere opportunity_id = ${literal(deal.opportunity_id)}\norder by model, touch_number;`;
  const leftOut = (deal) => [el("p", { class: "miss" }, page.explanations.left_out), el("pre", { tabindex: 0 }, askFor(deal))];
  function explained(deal, found) {
    const mine = found.deals[deal.opportunity_id];
    const word = (number) => (number === null || number === undefined ? null : found.words[number]);
    const people = new Map();
    const person = (number) => {
      if (number === null) return "–";
      if (!people.has(number)) people.set(number, `person ${people.size + 1}`);
      return people.get(number);
    };
    const touches = mine.touches.map(([at, who, channel, type, title, system, object, record, file]) => ({
      at, person: person(who), channel: word(channel), type: word(type), title: word(title),
      source: [word(system), word(object)].filter(Boolean).join("."), record, file: word(file),
    }));
    const table = el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Touches and their credit" });
    const select = el("select", { id: "explained-model", onchange: () => fill(select.value) },
      page.models.map((model) => el("option", { value: model }, model)));
    select.value = page.models.includes(state.model) ? state.model : page.models[0];
    const note = el("p", { class: "sum" });
    function fill(model) {
      const lines = mine.credit[page.models.indexOf(model)];
      const credit = (lines ? lines.split(";") : []).map((line) => {
        const [touch, reason, amount, rounding] = line.split(",").map(Number);
        const [positions, status, rule] = page.explanations.reasons[reason];
        return { touch, positions, status, rule, amount, rounding, share: ratio(amount, cents(deal.amount)) };
      });
      const byTouch = groups(credit, (row) => row.touch);
      const word = (text) => (text ? text.replaceAll("_", " ") : "–");
      const line = (number, touch, row) => el("tr", { class: row ? null : "uncredited" },
        el("th", { scope: "row" }, number ?? "–"), el("td", { class: "when" }, touch?.at ?? "no touch"),
        el("td", { class: "who" }, touch?.person ?? "–"), el("td", {}, word(touch?.channel)), el("td", {}, word(touch?.type)),
        el("td", { class: "title" }, touch?.title ?? "–"), el("td", {}, row?.positions || "–"),
        el("td", { class: "rule" }, row ? row.rule : "no position of this model"), el("td", {}, row ? row.status : "–"),
        el("td", { class: "number" }, written(row?.share, "share")),
        el("td", { class: "number", "data-cents": row ? row.amount : null }, row ? exactMoney.format(row.amount / 100) : "–",
          row?.rounding ? el("small", {}, `${row.rounding > 0 ? "+" : ""}${row.rounding} cent by rounding`) : null),
        el("td", {}, touch ? [touch.source, el("br"), el("code", { title: touch.file }, touch.record)] : "–"));
      const drawnLines = touches.flatMap((touch, number) => {
        const rows = byTouch.get(number) || [null];
        return rows.map((row) => line(number + 1, touch, row));
      });
      drawnLines.push(...(byTouch.get(-1) || []).map((row) => line(null, null, row)));
      const sum = credit.reduce((total, row) => total + row.amount, 0);
      note.replaceChildren(`${grouped.format(touches.length)} ${touches.length === 1 ? "touch counts" : "touches count"}. Under `,
        el("b", {}, model), ` the shares sum to ${exactMoney.format(sum / 100)}, the amount of the deal.`);
      table.replaceChildren(el("table", { class: "dense" }, el("thead", {}, el("tr", {}, ["", "when, UTC", "who", "channel", "touch",
        "content", "position", "rule", "credit", "share", about.currency, "source record"].map((text) =>
        el("th", { scope: "col", class: ["share", about.currency].includes(text) ? "number" : null }, text || el("span", { class: "unseen" }, "place"))))), el("tbody", {}, drawnLines)));
    }
    fill(select.value);
    return [el("p", { class: "choose" }, el("label", { for: "explained-model" }, "Attribution model"), " ", select), note, table,
      el("details", {}, el("summary", {}, "Ask the published file the same"), el("pre", { tabindex: 0 }, askFor(deal)))];
  }

  // ── The filter bar ────────────────────────────────────────────────────────────────────────────────────────────────
  const form = $("#filters");
  function options(name, entries) {
    const select = form.elements[name];
    select.replaceChildren(...entries.map(([value, text]) => el("option", { value }, text)));
    select.value = state[name];
    if (select.selectedIndex < 0) {
      select.selectedIndex = 0;
      state[name] = select.value;
    }
    select.disabled = entries.length < 2;
  }
  const distinct = (values) => [...new Set(values.filter((value) => value !== null && value !== undefined && value !== ""))].sort();
  function periods() {
    const unit = UNITS[state.unit];
    const earliest = deals.reduce((least, deal) => (deal.created_on && deal.created_on < least ? deal.created_on : least), about.as_of);
    const found = [];
    for (let start = unit.start(about.as_of); found.length < unit.most && start >= unit.start(earliest); start = unit.before(start)) {
      found.push([start, unit.name(start) + (addDays(unit.next(start), -1) > about.as_of ? ", running" : "")]);
    }
    return found.length ? found : [[unit.start(about.as_of), unit.name(unit.start(about.as_of))]];
  }
  function fillFilters() {
    options("unit", [["quarter", "quarter"], ["month", "month"], ["week", "week"]]);
    options("period", periods());
    const types = distinct(deals.map((deal) => deal.type));
    const newFirst = [...types.filter((type) => type === "new_business"), ...types.filter((type) => type !== "new_business")];
    options("type", [["", "all types"], ...newFirst.map((type) => [type, type.replaceAll("_", " ")])]);
    options("team", [["", "all teams"], ...TEAMS.filter((team) => deals.some((deal) => deal.team === team)).map((team) => [team, team])]);
    const named = (ids) => distinct(ids).map((id) => [id, userName(id)]).sort((a, b) => compare(a[1], b[1]));
    const handed = all("handover");
    options("marketer", [["", "everybody"], ...named([
      ...deals.filter((deal) => deal.originator_team === "marketing").map((deal) => deal.marketer),
      ...handed.map((row) => row.marketer_user_id)])]);
    options("seller", [["", "everybody"], ...named([...deals.map((deal) => deal.seller), ...handed.map((row) => row.seller_user_id)])]);
    options("channel", [["", "all channels"], ...distinct(deals.flatMap((deal) => deal.channels)).map((channel) => [channel, channel.replaceAll("_", " ")])]);
    options("model", page.models.length ? page.models.map((model) => [model, model.replaceAll("_", " ")]) : [["", "no model"]]);
    options("topic", [["", "all topics"], ...distinct([...all("assets").map((a) => a.topic), ...deals.flatMap((deal) => deal.topics)]).map((topic) => [topic, topic])]);
    options("persona", [["", "all personas"], ...distinct([...all("assets").map((a) => a.persona), ...deals.flatMap((deal) => deal.personas)]).map((persona) => [persona, persona])]);
  }
  form.addEventListener("change", (event) => {
    const { name, value } = event.target;
    if (!(name in state)) return;
    state[name] = value;
    if (name === "unit") state.period = "";
    refresh();
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", (event) => {
    event.preventDefault();
    Object.assign(state, first);
    refresh();
  });

  // The filters stand in the address, so that a view can be sent around.
  function remember() {
    const changed = Object.entries(state).filter(([name, value]) => value !== first[name]);
    const address = changed.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&");
    history.replaceState(null, "", address ? `#${address}` : location.pathname + location.search);
  }
  function recall() {
    for (const pair of location.hash.slice(1).split("&")) {
      const [name, value] = pair.split("=");
      if (name in state && value !== undefined) state[name] = decodeURIComponent(value);
    }
    if (!(state.unit in UNITS)) state.unit = first.unit;
  }
  function refresh() {
    fillFilters();
    const f = filters();
    const mine = filteredDeals(f);
    for (const card of cards.values()) drawCard(card, f, mine);
    const set = $$("select", form).filter((select) => state[select.name] !== first[select.name] && !["unit", "period"].includes(select.name));
    const running = f.end > f.as_of ? ` (running: ${dateName(f.as_of)} is its last known day)` : "";
    $("#chosen").textContent = `${periodName(f)}${running}, compared with ${UNITS[state.unit].name(f.before_start)}` +
      set.map((select) => ` · ${select.previousElementSibling?.textContent ?? select.name}: ${select.selectedOptions[0].textContent}`).join("");
    page.filters = f;
    remember();
    document.body.dataset.ready = "yes";
  }

  $("#print").addEventListener("click", () => window.print());
  const themes = ["system", "light", "dark"];
  $("#theme").addEventListener("click", (event) => {
    const next = themes[(themes.indexOf(document.documentElement.dataset.theme || "system") + 1) % themes.length];
    document.documentElement.dataset.theme = next;
    event.currentTarget.textContent = `Theme: ${next}`;
  });
  if (window.matchMedia("(max-width: 640px)").matches) $(".filters").open = false;
  recall();
  refresh();
})();
