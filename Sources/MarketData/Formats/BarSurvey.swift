package import Basics

/// What all rows of a file of bars show before one of them is handed out.
///
/// Whichever format they are in, the same mistakes are refused with the same codes and words: bars of several lengths,
/// times that repeat or turn back, highs below lows, volumes below 0.
package struct BarSurvey: Sendable {
    private let path: String
    private let place: RowPlace

    /// An instrument's rows so far.
    private struct Known {
        let name: String
        var last: (time: Nanoseconds, local: Nanoseconds)?
        var isUp = false, isDown = false
    }

    private var known: [Known] = []
    private var numbers: [String: Int] = [:]
    private var cadence = BarCadence()
    /// Where an instrument's rows turn around, or repeat a time.
    private var turn: (row: Int, instrument: Int)?
    private var repeated: (row: Int, instrument: Int)?
    private var onMidnight = true
    private var stamps = 0
    private var cells = 0, empty = 0, broken = 0, negative = 0, prices = 0
    private var firstEmpty = 0, firstBroken = 0, firstNegative = 0
    private var isDescending = false

    /// Whether bars may begin at one moment, as those that a number of trades or a volume ends do.
    private let mayRepeat: Bool

    /// - Parameters:
    ///   - place: how rows are named.
    ///   - mayRepeat: whether bars of an instrument may begin at one moment.
    package init(_ path: String, _ place: RowPlace, mayRepeat: Bool = false) {
        (self.path, self.place, self.mayRepeat) = (path, place, mayRepeat)
    }

    /// The number of an instrument, to be handed in with its rows.
    package mutating func number(of instrument: String) -> Int {
        if let number = numbers[instrument] { return number }
        numbers[instrument] = known.count
        known.append(Known(name: instrument))
        return known.count - 1
    }

    /// Adds the stamp of a row.
    ///
    /// - Parameters:
    ///   - local: what the wall clock shows, where there is one.
    ///   - instrument: as ``number(of:)`` says.
    package mutating func stamp(_ time: Nanoseconds, local: Nanoseconds? = nil, of instrument: Int, row: Int) {
        let local = local ?? time
        stamps += 1
        if onMidnight, local % 86_400_000_000_000 != 0 { onMidnight = false }
        guard known.indices.contains(instrument) else { return }
        guard let last = known[instrument].last else { return known[instrument].last = (time, local) }
        if time > last.time {
            known[instrument].isUp = true
        } else if time < last.time {
            known[instrument].isDown = true
            isDescending = true
        } else if repeated == nil, !mayRepeat {
            repeated = (row, instrument)
        }
        if turn == nil, known[instrument].isUp, known[instrument].isDown { turn = (row, instrument) }
        cadence.add(local.saturatingMinus(last.local), row: row)
        known[instrument].last = (time, local)
    }

    /// Adds the numbers of a row; nil where a cell is empty.
    package mutating func values(
        open: Double?, high: Double?, low: Double?, close: Double?, volume: Double?, row: Int
    ) {
        cells += 1
        if let volume, volume < 0 {
            if negative == 0 { firstNegative = row }
            negative += 1
        }
        guard let open, let high, let low, let close else {
            if open != nil || high != nil || low != nil || close != nil { prices += 1 }
            if empty == 0 { firstEmpty = row }
            empty += 1
            return
        }
        prices += 1
        if high < max(open, close) || low > min(open, close) {
            if broken == 0 { firstBroken = row }
            broken += 1
        }
    }

    /// Holds the order of times against what bars need.
    ///
    /// - Returns: whether the newest row of every instrument stands first.
    /// - Throws: ``Failure`` with code `data.order`.
    package func order() throws -> Bool {
        func of(_ instrument: Int) -> String {
            numbers.count == 1 ? "" : " of '\(Escaping.terminal(known[instrument].name))'"
        }
        if let (row, instrument) = repeated {
            throw Failure(
                "data.order", "\(place.text(path, row)): found two bars\(of(instrument)) with the same time",
                hint: "remove one of them; where a clock was put back, name the zone with zone: NAME")
        }
        if let (row, instrument) = turn {
            throw Failure(
                "data.order",
                "\(place.text(path, row)): found a time\(of(instrument)) that turns back, expected times in order",
                hint: "sort the file by time; where a clock was put back, name the zone with zone: NAME")
        }
        return isDescending
    }

    /// Holds the numbers against what their columns are called.
    ///
    /// - Returns: what is wrong in single rows, a sentence each.
    /// - Throws: ``Failure`` with code `data.meaning` where it is in more than a quarter of the rows, `data.empty`
    ///   where no row has a price.
    package func meaning() throws -> [String] {
        var notes: [String] = []
        if prices == 0, cells > 0 {
            throw Failure("data.empty", "found no price in \(cells) rows of '\(path)'", hint: "fetch the file again")
        }
        let full = cells - empty
        if broken > 0 {
            guard broken * 4 <= full else {
                throw Failure(
                    "data.meaning",
                    "\(place.text(path, firstBroken)): found a high below or a low above open or close, in \(broken) "
                        + "of \(full) rows, expected the high to be the highest and the low the lowest",
                    hint: "columns may be named wrongly: rename them in the file, or read it as CSV with columns: "
                        + "{high: NAME, low: NAME}")
            }
            notes.append(
                "\(broken) of \(full) rows have a high below or a low above open or close, the first one at "
                    + place.text(path, firstBroken))
        }
        if negative > 0 {
            guard negative * 4 <= cells else {
                throw Failure(
                    "data.meaning",
                    "\(place.text(path, firstNegative)): found a volume below 0, in \(negative) of \(cells) rows, "
                        + "expected none",
                    hint: "the column may be no volume: rename it in the file")
            }
            notes.append(
                "\(negative) rows have a volume below 0, the first one at \(place.text(path, firstNegative))")
        }
        if empty > 0 {
            notes.append(
                "\(empty) rows lack a price, the first one at \(place.text(path, firstEmpty)): these cells stay empty")
        }
        return notes
    }

    /// How long the bars are.
    ///
    /// - Parameter given: what somebody says.
    /// - Returns: the length, what speaks for it, and what was assumed.
    /// - Throws: ``Failure`` with code `data.cadence` for bars of several lengths, or shorter than given.
    package mutating func length(given: Nanoseconds?) throws -> (
        length: BarLength, inference: Inference?, note: String?
    ) {
        var found = try cadence.length(path, place)
        if let given {
            if let found, found.length.length < given, found.length.months == 0 {
                throw Failure(
                    "data.cadence",
                    "\(path): found bars of \(found.length.text), expected \(BarLength(length: given).text)",
                    hint: "correct the interval")
            }
            return (BarLength(length: given), nil, nil)
        }
        let day: Int64 = 86_400_000_000_000
        if let one = found, one.length.months == 0, stamps < 10, onMidnight,
            (2 * day...5 * day).contains(one.length.length)
        {
            // Few daily bars may have a weekend between them.
            found = (BarLength(length: day), 0.6)
        }
        if let found {
            let inference = Inference(
                "interval", found.length.text, evidence: "the commonest step between neighbouring rows",
                confidence: min(0.99, 0.5 + found.share / 2))
            return (found.length, inference, nil)
        }
        let note =
            onMidnight
            ? "one date cannot say how long bars are: taken as a day"
            : "one row cannot say how long bars are: taken as known a day after their start"
        let inference = Inference(
            "interval", "1d", evidence: "no two rows follow each other", confidence: onMidnight ? 0.6 : 0.1)
        return (BarLength(length: day), inference, note)
    }
}
