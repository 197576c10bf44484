// The server sends whole pictures: the current one first, then each that follows. Here the newest is shown.

const SVG = 'http://www.w3.org/2000/svg';
const ALARMING = new Set(['failed', 'ends-soon', 'expired']);
const byId = id => document.getElementById(id);
const clock = new Intl.DateTimeFormat(undefined, {timeStyle: 'medium'});
const day = new Intl.DateTimeFormat(undefined, {dateStyle: 'medium', timeStyle: 'short'});

let newest = null;
let paused = false;
let lastLine = null;
let silence = 0;
const cards = new Map();

/** What is written already is left alone, so that a selection and a reader's place stay. */
function write(element, text) {
  if (element.textContent !== String(text)) {
    element.textContent = text;
  }
}

function span(milliseconds) {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  const [count, unit] =
    seconds < 120 ? [seconds, 'second']
    : seconds < 7200 ? [Math.round(seconds / 60), 'minute']
    : seconds < 172800 ? [Math.round(seconds / 3600), 'hour']
    : [Math.round(seconds / 86400), 'day'];
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}

/** The time alone where that says it all. */
function moment(then, now) {
  return Math.abs(then - now) < 12 * 3600 * 1000 ? clock.format(then) : day.format(then);
}

// Certificates

function cardOf(kept) {
  const name = kept.names[0];
  if (!cards.has(name)) {
    const card = byId('card').content.cloneNode(true).firstElementChild;
    write(card.querySelector('h3'), name);
    write(card.querySelector('.more'), kept.names.length > 1 ? `and ${kept.names.slice(1).join(', ')}` : '');
    card.querySelector('progress').setAttribute('aria-label', `Lifetime of the certificate for ${name}`);
    const renew = card.querySelector('button');
    renew.setAttribute('aria-label', `Renew now: ${name}`);
    renew.addEventListener('click', () => renewNow(renew, name));
    cards.set(name, card);
    const next = [...cards.keys()].filter(other => other > name).sort()[0];
    byId('certificates').insertBefore(card, next === undefined ? null : cards.get(next));
  }
  return cards.get(name);
}

function stateOf(kept, now) {
  if (!kept.until) {
    return ['none', 'No certificate'];
  }
  if (Date.parse(kept.until) <= now) {
    return ['expired', 'Expired'];
  }
  return kept.next && Date.parse(kept.next) <= now ? ['due', 'Being renewed'] : ['valid', 'Valid'];
}

function showCertificate(kept, now) {
  const card = cardOf(kept);
  const part = is => card.querySelector(`[data-is=${is}]`);
  const [state, words] = stateOf(kept, now);
  card.dataset.state = state;
  write(card.querySelector('.state'), words);
  write(part('renewed'), ['not yet', 'once', 'twice'][kept.renewed] ?? `${kept.renewed} times`);
  write(part('problem'), kept.problem ?? '');
  write(part('next'), kept.next ? moment(Date.parse(kept.next), now) : '–');
  write(part('serial'), kept.serial ?? '–');
  const progress = card.querySelector('progress');
  const due = card.querySelector('.due');
  const left = card.querySelector('.left strong');
  if (!kept.until) {
    write(part('until'), '–');
    write(left, 'nothing');
    progress.value = 0;
    due.hidden = true;
    return;
  }
  const from = Date.parse(kept.from);
  const until = Date.parse(kept.until);
  const share = time => Math.min(1, Math.max(0, (until - time) / (until - from)));
  write(part('until'), moment(until, now));
  write(left, span(until - now));
  progress.value = share(now);
  progress.setAttribute('aria-valuetext', `${span(until - now)} left of ${span(until - from)}`);
  due.hidden = !kept.next;
  due.style.insetInlineStart = `${100 * share(Date.parse(kept.next ?? kept.until))}%`;
  const renew = card.querySelector('button');
  if (renew.dataset.serial && renew.dataset.serial !== kept.serial) {
    delete renew.dataset.serial;
    renew.setAttribute('aria-disabled', 'false');
    say(`${kept.names[0]} has a new certificate.`);
  }
}

// The account's key

function showRollover(rollover, now) {
  const progress = byId('window');
  progress.hidden = !rollover?.open;
  if (!rollover) {
    return;
  }
  const began = Date.parse(rollover.began);
  const until = Date.parse(rollover.until);
  progress.value = Math.min(1, (now - began) / (until - began));
  progress.setAttribute('aria-valuetext', `${span(until - now)} to go`);
  write(byId('rollover'), rollover.open
    ? `Rolled over at ${clock.format(began)}. For ${span(until - now)} more, a front end may know the old key alone.`
    : `Rolled over at ${clock.format(began)}. Every front end knows the new key, and the old one is destroyed.`);
  write(byId('operations'), rollover.operations);
  write(byId('refused'), rollover.refused);
  write(byId('failed'), rollover.failed);
  write(byId('delay'), rollover.delay == null ? '…' : `${rollover.delay} ms`);
}

function rectangle(kind) {
  const rect = document.createElementNS(SVG, 'rect');
  rect.setAttribute('class', kind);
  byId('chart').append(rect);
  return rect;
}

/** Operations stand on the line and refused requests hang from it: not told apart by colour alone. */
const chart = {
  zero: 96,
  height: 150,
  step: 10,
  bars: [],

  place(rect, x, y, width, height) {
    rect.setAttribute('x', x);
    rect.setAttribute('y', y);
    rect.setAttribute('width', width);
    rect.setAttribute('height', height);
  },

  show(seconds) {
    while (this.bars.length < seconds.length) {
      this.bars.push([rectangle('window'), rectangle('operations'), rectangle('refused')]);
    }
    if (!this.line) {
      this.line = rectangle('zero');
      this.place(this.line, 0, this.zero, 600, 1);
    }
    const most = of => Math.max(5, ...seconds.map(second => second.count[of]));
    const unit = Math.min((this.zero - 4) / most('operations'), (this.height - this.zero - 4) / most('refused'));
    seconds.forEach((second, i) => {
      const [window, operations, refused] = this.bars[i];
      const x = i * this.step;
      this.place(window, x, 0, this.step, second.window ? this.height : 0);
      this.place(operations, x + 1.5, this.zero - second.count.operations * unit, this.step - 3, second.count.operations * unit);
      this.place(refused, x + 1.5, this.zero + 1, this.step - 3, second.count.refused * unit);
    });
  },
};

function showSeconds(seconds) {
  chart.show(seconds);
  const sum = of => seconds.reduce((total, second) => total + second.count[of], 0);
  write(byId('summary'),
    `In the last minute: ${sum('operations')} operations, ${sum('refused')} requests refused and sent again, `
    + `${sum('failed')} operations failed.`);
  if (byId('as-table').open) {
    byId('seconds').replaceChildren(...seconds.slice().reverse().map(second => {
      const row = document.createElement('tr');
      const {operations, refused, failed} = second.count;
      [clock.format(Date.parse(second.at)), operations, refused, failed, second.window ? 'open' : ''].forEach((text, i) => {
        const cell = document.createElement(i === 0 ? 'th' : 'td');
        if (i === 0) {
          cell.scope = 'row';
        }
        cell.textContent = text;
        row.append(cell);
      });
      return row;
    }));
  }
}

// Events

function showLines(lines) {
  const list = byId('events');
  if (lastLine > (lines.at(-1)?.number ?? 0)) { // the server was started anew
    list.replaceChildren();
    lastLine = null;
  }
  const isFirst = lastLine === null;
  for (const line of lines.filter(each => isFirst || each.number > lastLine)) {
    const item = document.createElement('li');
    item.dataset.kind = line.kind;
    const time = document.createElement('time');
    time.dateTime = line.at;
    time.textContent = clock.format(Date.parse(line.at));
    const text = document.createElement('span');
    text.textContent = line.text;
    item.append(time, text);
    list.prepend(item);
    lastLine = line.number;
    if (ALARMING.has(line.kind) && !isFirst) {
      write(byId('alert'), line.text);
    }
  }
  lastLine ??= 0;
  while (list.childElementCount > 50) {
    list.lastElementChild.remove();
  }
}

// All of it

function show(picture) {
  const now = Date.parse(picture.at);
  write(byId('directory'), picture.directory);
  byId('none').hidden = picture.certificates.length > 0;
  const names = new Set(picture.certificates.map(kept => kept.names[0]));
  [...cards].filter(([name]) => !names.has(name)).forEach(([name, card]) => {
    card.remove();
    cards.delete(name);
  });
  picture.certificates.forEach(kept => showCertificate(kept, now));
  showRollover(picture.rollover, now);
  showSeconds(picture.seconds);
  showLines(picture.lines);
}

/** Told by a reader when it has finished its sentence; shown for a while. */
function say(text) {
  write(byId('status'), text);
  clearTimeout(silence);
  silence = setTimeout(() => write(byId('status'), ''), 8000);
}

async function post(path) {
  const response = await fetch(path, {method: 'POST', headers: {'X-Dashboard': 'button'}});
  if (!response.ok) {
    const told = await response.json().catch(() => ({}));
    throw new Error(told.problem ?? `the server answered ${response.status}`);
  }
}

async function act(button, begun, path) {
  if (button.getAttribute('aria-disabled') === 'true') {
    return false;
  }
  button.setAttribute('aria-disabled', 'true');
  write(byId('alert'), '');
  say(begun);
  try {
    await post(path);
    return true;
  } catch (error) {
    button.setAttribute('aria-disabled', 'false');
    say('');
    write(byId('alert'), `That did not work: ${error.message}`);
    return false;
  }
}

async function renewNow(button, name) {
  const kept = newest.certificates.find(each => each.names[0] === name);
  button.dataset.serial = kept.serial ?? 'none';
  if (!await act(button, `${name} is being renewed…`, `/dashboard/renew?name=${encodeURIComponent(name)}`)) {
    delete button.dataset.serial;
  }
}

byId('roll-over').addEventListener('click', async event => {
  const button = event.currentTarget;
  if (await act(button, 'The account’s key is being rolled over…', '/dashboard/roll-over')) {
    button.setAttribute('aria-disabled', 'false');
    say('The account has a new key, and works on.');
  }
});

byId('pause').addEventListener('click', event => {
  paused = !paused;
  event.currentTarget.setAttribute('aria-pressed', String(paused));
  if (newest && !paused) {
    show(newest);
  }
});

function connected(state, words) {
  byId('connection').dataset.state = state;
  write(byId('connection'), words);
}

const pictures = new EventSource('/dashboard/pictures');
pictures.addEventListener('picture', event => {
  newest = JSON.parse(event.data);
  connected('live', 'Live');
  if (!paused) {
    show(newest);
  }
});
pictures.addEventListener('error', () => connected('lost', 'No connection; trying again, or reload the page'));
