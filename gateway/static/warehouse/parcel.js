// One open parcel: what was counted and graded so far, what typed commands change, and what is sent. Knows no page.

/** Units that are alike. `way` null: as proposed. */
const lot = (quantity, grade) => ({ quantity, grade, accepted: true, way: null, why: '', epcs: [] });

// "d", "2 d", "2x1", "2x1d", "2+1d", "2r", "m", "x"
const COMMAND = /^(?:(\d{1,2})\s*)?(?:([x=*+])\s*(\d{1,3})\s*)?([a-z])?$/i;
const REFUSE = 'r';
const REST_MISSING = 'm';
const APART = 'x';

export class Parcel {
  constructor(card, scanned) {
    this.number = card.number;
    this.order = card.order;
    this.card = card;
    this.scanned = scanned;
    this.complete = false;
    this.countOnly = false;
    this.others = [];
    this.other = ''; // being typed; it is in the parcel also when nobody presses the button beside it
    this.note = '';
    this.photo = null;
    this.byItem = false;
    // Goods of an order that nobody announced: counted now, graded once a return is made of them.
    this.bare = card.number === null;
    // What came beyond a return that is settled: it makes a return of its own.
    this.apart = false;
    // While a person decides goods are counted only, and of a declined return none is taken.
    if (this.bare || card.undecided) this.countOnly = true;
    this.lines = card.lines.map((line) => ({
      ...line, lots: [{ ...lot(line.outstanding + line.uninspected, line.grade), accepted: !card.declined }],
    }));
  }

  /** A line of the order that nobody announced: it may lie in the parcel too. */
  add(line) {
    const proposals = Object.fromEntries(this.card.lines.map((own) => [own.id, own.proposals]));
    const added = {
      ...line, announced: 0, received: 0, outstanding: 0, uninspected: 0, accepted: 0, rejected: 0, missing: 0,
      grade: 'opened', tags: [], photo: null, proposals: proposals[line.id] ?? {}, lots: [lot(1, 'opened')],
    };
    this.lines.push(added);
    return added;
  }

  /** Takes down the other goods that are being typed. */
  addOther() {
    if (this.other.trim()) this.others.push({ name: this.other.trim(), quantity: 1 });
    this.other = '';
  }

  line(id) {
    return this.lines.find((line) => line.id === id);
  }

  /** Units of a line that came with this parcel: what lies here beyond what was counted before. */
  static arriving(line) {
    const here = line.lots.reduce((sum, one) => sum + one.quantity, 0);
    return Math.max(here - line.uninspected, 0);
  }

  /** Counts an item that was scanned by itself. The first one puts all counts to what was scanned. */
  countItem(id, uri) {
    if (!this.byItem) {
      this.byItem = true;
      for (const line of this.lines) line.lots = [lot(0, line.grade)];
    }
    const line = this.line(id) ?? this.add(this.card.others.find((other) => other.id === id));
    const first = line.lots[0];
    if (uri && first.epcs.includes(uri)) return line;
    if (uri) first.epcs.push(uri);
    first.quantity += 1;
    return line;
  }

  /** Does what was typed; false when it is no command. Throws RangeError for a line that is not there. */
  command(text, letters) {
    const found = COMMAND.exec(text.trim());
    if (!found || !text.trim()) return false;
    const [, place, sign, count, typed] = found;
    const letter = typed?.toLowerCase();
    if (letter === APART && !place && !sign && this.card.settled) {
      this.setApart(!this.apart);
      return true;
    }
    if (letter && letter !== REFUSE && letter !== REST_MISSING && !letters[letter]) return false;
    if (!letter && !sign) return false;
    if (letter === REST_MISSING && !place) {
      this.complete = !this.complete;
      return true;
    }
    const line = this.lines[Number(place ?? 1) - 1];
    if (!line) throw new RangeError(place);
    let target = line.lots.includes(line.touched) ? line.touched : line.lots[0];
    if (sign === '+') {
      const from = target;
      target = lot(Number(count), line.grade);
      from.quantity = Math.max(from.quantity - target.quantity, 0);
      target.epcs = from.epcs.splice(from.quantity); // what was scanned last is in the hand
      // One of which nothing is left is gone: what is typed next is about the other.
      line.lots = [...line.lots.filter((one) => one !== from || from.quantity > 0), target];
    } else if (sign) {
      target.quantity = Number(count);
    }
    line.touched = target;
    if (letter === REFUSE) target.accepted = !target.accepted;
    else if (letter) [target.grade, target.way] = [letters[letter], null];
    return true;
  }

  /** Whether what is counted makes a return of its own: graded once that is made. */
  setApart(apart) {
    [this.apart, this.countOnly] = [apart, apart];
  }

  /** Where a lot goes: chosen, proposed, or null when it is not accepted. */
  static wayOf(line, one) {
    return one.accepted ? one.way ?? line.proposals[one.grade]?.disposition ?? null : null;
  }

  /** The first lot that wants a reason and has none. */
  wanting() {
    for (const line of this.lines) {
      for (const one of line.lots) {
        const proposal = line.proposals[one.grade];
        const way = Parcel.wayOf(line, one);
        const other = one.way && (one.way !== proposal?.disposition || proposal?.needs_word.includes(way));
        if (one.quantity > 0 && !this.countOnly && (!one.accepted || other) && !one.why.trim()) return line;
      }
    }
    return null;
  }

  /** Whether all of it was here and looked at before it was opened. */
  get isDone() {
    return !this.bare && this.card.has_come && !this.card.lines.some((line) => line.uninspected);
  }

  /** Whether it is undecided and nothing came that was not counted before. */
  get isOnlyWaiting() {
    const arrives = this.lines.some((line) => Parcel.arriving(line) > 0);
    return this.card.undecided && !arrives && !this.others.length && !this.complete && !this.note.trim() && !this.photo;
  }

  /** "The rest will not come", and no rest: what is shown as come may be what does not. */
  get lacksRest() {
    return this.complete && !this.bare && !this.apart && !this.lines.some((line) => line.outstanding > Parcel.arriving(line));
  }

  get isEmpty() {
    const here = this.lines.some((line) => line.lots.some((one) => one.quantity > 0));
    return !here && !this.others.length && !this.complete;
  }

  /** What the server is sent (gateway/warehouse/counting.py). */
  document() {
    const counted = this.lines.map((line) => ({ id: line.id, quantity: Parcel.arriving(line) })).filter((line) => line.quantity);
    const lots = this.lines.flatMap((line) => line.lots.filter((one) => one.quantity > 0).map((one) => ({
      id: line.id, quantity: one.quantity, grade: one.grade, accepted: one.accepted,
      ...(one.accepted && one.way ? { disposition: one.way } : {}),
      ...(one.why.trim() ? { reason: one.why.trim() } : {}),
      ...(one.epcs.length ? { epcs: one.epcs.slice(0, one.quantity) } : {}),
      ...(this.photo ? { photo: this.photo } : {}),
    })));
    if (this.apart) {
      const here = this.lines.map((line) => ({ id: line.id, quantity: line.lots.reduce((sum, one) => sum + one.quantity, 0) }));
      return { lines: here.filter((line) => line.quantity), ...(this.scanned ? { scanned: this.scanned } : {}) };
    }
    if (this.bare) return { lines: counted, ...(this.scanned ? { scanned: this.scanned } : {}) };
    const outstanding = this.lines.some((line) => line.outstanding > Parcel.arriving(line));
    const arrives = counted.length || this.others.length || (this.complete && outstanding);
    return {
      ...(arrives ? {
        receive: {
          lines: counted, complete: this.complete, others: this.others, scanned: this.scanned,
          ...(this.note.trim() ? { note: this.note.trim() } : {}),
          ...(this.photo ? { photo: this.photo } : {}),
        },
      } : {}),
      ...(lots.length && !this.countOnly ? { inspect: { lines: lots } } : {}),
    };
  }

  /** For the list of what was saved: [{quantity, name, way, apart}]. */
  summary() {
    return this.lines.flatMap((line) => line.lots.filter((one) => one.quantity > 0).map((one) => ({
      quantity: one.quantity, name: line.name, way: this.countOnly ? null : Parcel.wayOf(line, one), accepted: one.accepted || this.countOnly,
      apart: line.proposals[one.grade]?.apart ?? false,
    })));
  }
}
