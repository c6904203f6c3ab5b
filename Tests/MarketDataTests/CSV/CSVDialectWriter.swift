import Basics
import Foundation
import MarketData
import Tables

/// Random bars written in a random dialect: what a reader must read exactly, or refuse.
struct CSVDialectWriter {
    private(set) var random: SeededRandom
    /// What the file says.
    private(set) var rows: [CSVTestRow] = []
    private(set) var text = ""
    /// The dialect, for messages.
    private(set) var dialect: [String] = []
    /// Whether the file is damaged so that it must be refused.
    private(set) var mustBeRefused = false
    /// Enough rows to tell the length of a bar.
    private(set) var intervalIsKnown = false

    private var separator = ",", point = ".", group = "", quotes = 0, pad = ""

    init(seed: UInt64) {
        random = SeededRandom(seed: seed)
        write()
    }

    private mutating func pick<T>(_ name: String, _ items: [T]) -> T {
        let item = items[random.index(below: items.count)]
        dialect.append("\(name)=\(item)")
        return item
    }

    // MARK: - Numbers

    private mutating func chooseNumbers() {
        separator = pick("separator", [",", ",", ";", "\t", "|"])
        point = pick("point", [".", ".", ","])
        quotes = pick("quotes", [0, 0, 1, 2])
        let groups = ["", "", "", point == "." ? "," : ".", " ", "'"]
        group = pick("group", groups)
        pad = pick("pad", ["", "", "", " "])
    }

    private func grouped(_ digits: String) -> String {
        guard !group.isEmpty else { return digits }
        var out = "", count = 0
        for digit in digits.reversed() {
            if count > 0, count % 3 == 0 { out = group + out }
            out = String(digit) + out
            count += 1
        }
        return out
    }

    private func number(_ value: Int64, _ decimals: Int) -> String {
        let text = FixedPoint.text(value, decimals: decimals).split(separator: ".")
        return grouped(String(text[0])) + (text.count > 1 ? point + text[1] : "")
    }

    private func cell(_ text: String, isNumber: Bool) -> String {
        let needs = text.contains(separator) || text.contains("\"")
        if quotes == 1 || quotes == 2 && isNumber || needs { return "\"\(text.replacing("\"", with: "\"\""))\"" }
        return pad + text + pad
    }

    // MARK: - Times

    private static let clockForms = [
        "iso", "isoT", "isoFraction", "slash", "us", "eu", "dots", "compact", "compact14", "monthName", "am", "apart",
        "apartCompact", "s", "ms", "us6", "ns", "sDecimal",
    ]
    private static let dayForms = ["day", "day8", "usDay", "euDay", "monthDay", "dMonY", "s", "ms", "iso", "isoT"]

    private func stamp(_ local: Nanoseconds, _ form: String, offset: String) -> [String] {
        let seconds = local / 1_000_000_000
        let day = Int(seconds / 86_400), clock = Int(seconds % 86_400)
        let date = CivilDate(daysSince1970: day)
        let (y, m, d) = (padded(date.year, 4), padded(date.month, 2), padded(date.day, 2))
        let (h, n, s) = (padded(clock / 3600, 2), padded(clock / 60 % 60, 2), padded(clock % 60, 2))
        let names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let name = names[date.month - 1]
        switch form {
        case "iso": return ["\(y)-\(m)-\(d) \(h):\(n):\(s)\(offset)"]
        case "isoT": return ["\(y)-\(m)-\(d)T\(h):\(n):\(s)\(offset)"]
        case "isoFraction": return ["\(y)-\(m)-\(d)T\(h):\(n):\(s).000\(offset)"]
        case "slash": return ["\(y)/\(m)/\(d) \(h):\(n):\(s)"]
        case "us": return ["\(date.month)/\(date.day)/\(y) \(h):\(n):\(s)"]
        case "eu": return ["\(d)/\(m)/\(y) \(h):\(n):\(s)"]
        case "dots": return ["\(d).\(m).\(y) \(h):\(n):\(s)"]
        case "compact": return ["\(y)\(m)\(d) \(h)\(n)\(s)"]
        case "compact14": return ["\(y)\(m)\(d)\(h)\(n)\(s)"]
        case "monthName": return ["\(d)-\(name)-\(y) \(h):\(n):\(s)"]
        case "am":
            let hour = clock / 3600
            return ["\(y)-\(m)-\(d) \(hour % 12 == 0 ? 12 : hour % 12):\(n):\(s) \(hour < 12 ? "AM" : "PM")"]
        case "apart": return ["\(y)-\(m)-\(d)", "\(h):\(n):\(s)"]
        case "apartCompact": return ["\(y)\(m)\(d)", "\(h)\(n)\(s)"]
        case "s": return ["\(seconds)"]
        case "sDecimal": return ["\(seconds).0"]
        case "ms": return ["\(seconds)000"]
        case "us6": return ["\(seconds)000000"]
        case "ns": return ["\(seconds)000000000"]
        case "day8": return ["\(y)\(m)\(d)"]
        case "usDay": return ["\(m)/\(d)/\(y)"]
        case "euDay": return ["\(d)/\(m)/\(y)"]
        case "monthDay": return ["\(name) \(date.day), \(y)"]
        case "dMonY": return ["\(date.day) \(name) \(y)"]
        default: return ["\(y)-\(m)-\(d)"]
        }
    }

    // MARK: - Bars

    private mutating func instrumentRows(
        _ name: String, _ count: Int, _ interval: Int64, _ start: Int64, _ offset: Int64
    )
        -> [(local: Int64, row: CSVTestRow, values: [Int64?])]
    {
        var price = scaled(pick("level", [0.00002, 0.7, 12.5, 180, 5200, 64_000]))
        var local = start
        return (0..<count).map { _ in
            let move = { (this: inout CSVDialectWriter, size: Int64) in Int64(this.random.index(below: Int(size))) }
            let size = max(2, price / 50)
            let open = price, close = max(1, price + move(&self, size) - size / 2)
            let high = max(open, close) + move(&self, size),
                low = max(1, min(open, close) - move(&self, max(1, size / 2)))
            let volume: Int64? = hasVolume ? move(&self, 5_000_000) : nil
            var values: [Int64?] = [open, high, low, close, volume]
            if random.index(below: 40) == 0, hasEmpty { values[random.index(below: 5)] = nil }
            let texts = zip(values, [decimals, decimals, decimals, decimals, volumeDecimals]).map { value, scale in
                value.map { CSVTestRow.plain(FixedPoint.text($0, decimals: scale)) } ?? ""
            }
            let time = local - offset
            let row = CSVTestRow(instrument: name, time: time, known: time + interval, cells: texts)
            defer {
                price = close
                local += interval * (random.index(below: 20) == 0 ? 2 : 1)
            }
            return (local, row, values)
        }
    }

    private var decimals = 2, volumeDecimals = 0, hasVolume = true, hasEmpty = false

    private func scaled(_ level: Double) -> Int64 {
        max(3, Int64(saturating: level * Double(FixedPoint.powers[decimals])))
    }

    private mutating func write() {
        chooseNumbers()
        decimals = pick("decimals", [0, 1, 2, 2, 3, 3, 4, 5, 8])
        volumeDecimals = pick("volumeDecimals", [0, 0, 0, 1, 3])
        hasVolume = pick("volume", [true, true, true, false])
        hasEmpty = pick("empty", [false, false, true])
        let isDaily = pick("daily", [false, false, true])
        let interval: Int64 = isDaily ? 86_400_000_000_000 : pick("minutes", [1, 5, 15, 60]) * 60_000_000_000
        let form = isDaily ? pick("time", CSVDialectWriter.dayForms) : pick("time", CSVDialectWriter.clockForms)
        let isISO = form.hasPrefix("iso")
        let offset = isISO ? pick("offset", ["", "", "Z", "+00:00", "-05:00", "+0530", "+02"]) : ""
        let offsets: [String: Int64] = ["-05:00": -300, "+0530": 330, "+02": 120]
        let count = pick("rows", [1, 2, 5, 12, 30, 60])
        intervalIsKnown = count >= 12
        let start =
            (16_800 + Int64(random.index(below: 3000))) * 86_400_000_000_000 + (isDaily ? 0 : 34_200_000_000_000)
        let symbols = pick("symbols", [[], [], [], ["AAPL", "BRK.B"], ["X Y", "Ü", "MSFT"]] as [[String]])
        let all = (symbols.isEmpty ? ["T"] : symbols).map {
            instrumentRows($0, count, interval, start, (offsets[offset] ?? 0) * 60_000_000_000)
        }
        let isNewestFirst = count > 1 && pick("descending", [false, false, false, true])
        var lines =
            (symbols.isEmpty || pick("interleaved", [true, false]))
            ? (0..<count).flatMap { index in all.map { $0[index] } } : all.flatMap { $0 }
        if isNewestFirst { lines.reverse() }
        rows = isNewestFirst ? lines.reversed().map(\.row) : lines.map(\.row)
        text = table(lines, form, offset, symbols)
    }

    // MARK: - The file

    private mutating func table(
        _ lines: [(local: Int64, row: CSVTestRow, values: [Int64?])], _ form: String, _ offset: String,
        _ symbols: [String]
    ) -> String {
        let style = pick("names", ["lower", "capital", "short", "brackets", "numbered", "none"])
        let isApart = form.hasPrefix("apart")
        var columns = isApart ? ["date", "time"] : ["datetime"]
        if !symbols.isEmpty { columns.insert("symbol", at: random.index(below: 2) == 0 ? 0 : columns.count) }
        var names = columns + ["open", "high", "low", "close"] + (hasVolume ? ["volume"] : [])
        if style != "none" {
            names += pick("extra", [[], [], ["adj close"], ["vwap", "trades"], ["change %"]] as [[String]])
            if pick("shuffled", [false, true]) { shuffle(&names) }
        } else if !symbols.isEmpty {
            // A ticker stands in front where nothing is named.
            names.removeAll { $0 == "symbol" }
            names.insert("symbol", at: 0)
        }
        let none = pick("none", ["", "", "NaN", "null", "N/A"])
        let newline = pick("newline", ["\n", "\n", "\r\n"])
        var out: [String] = []
        if pick("sep", [0, 0, 0, 0, 0, 1]) == 1 { out.append("sep=\(separator)") }
        if pick("comment", [0, 0, 0, 1]) == 1 { out.append("# written by a program, 1 2 3") }
        var header = names.map { shown($0, style) }
        if style != "none", names.contains("high"), pick("swap", [Bool](repeating: false, count: 30) + [true]) {
            swap(&header, names, lines)
        }
        if style != "none" { out.append(header.map { cell($0, isNumber: false) }.joined(separator: separator)) }
        for line in lines {
            let time = stamp(line.local, form, offset: offset)
            let cells = names.map { name -> String in
                switch name {
                case "datetime", "date": return cell(time[0], isNumber: false)
                case "time": return cell(time[1], isNumber: false)
                case "symbol": return cell(line.row.instrument, isNumber: false)
                case "open", "adj close", "vwap": return value(line.values[0], decimals, none)
                case "high": return value(line.values[1], decimals, none)
                case "low": return value(line.values[2], decimals, none)
                case "close": return value(line.values[3], decimals, none)
                case "volume": return value(line.values[4], volumeDecimals, none)
                case "trades": return cell("17", isNumber: true)
                default: return cell("-0\(point)52%", isNumber: true)
                }
            }
            out.append(cells.joined(separator: separator))
        }
        if lines.count > 1, pick("cut", [Bool](repeating: false, count: 30) + [true]), let last = out.popLast() {
            // Inside a cell in front of the last one.
            let parts = last.components(separatedBy: separator)
            out.append(parts.prefix(max(1, parts.count - 2)).joined(separator: separator))
            mustBeRefused = true
        }
        let text = out.joined(separator: newline) + pick("end", [newline, newline, ""])
        return pick("mark", ["", "", "\u{FEFF}"]) + text
    }

    private mutating func shuffle(_ names: inout [String]) {
        for index in stride(from: names.count - 1, to: 0, by: -1) {
            names.swapAt(index, random.index(below: index + 1))
        }
    }

    private mutating func swap(
        _ header: inout [String], _ names: [String], _ lines: [(local: Int64, row: CSVTestRow, values: [Int64?])]
    ) {
        guard let high = names.firstIndex(of: "high"), let low = names.firstIndex(of: "low") else { return }
        // Bars that do not move look the same both ways.
        guard
            lines.allSatisfy({
                ($0.values[1] ?? 0) > ($0.values[2] ?? 0) && $0.values.prefix(4).allSatisfy { $0 != nil }
            })
        else { return }
        header.swapAt(high, low)
        mustBeRefused = true
    }

    private func value(_ value: Int64?, _ decimals: Int, _ none: String) -> String {
        cell(value.map { number($0, decimals) } ?? none, isNumber: true)
    }

    private func shown(_ name: String, _ style: String) -> String {
        let short = ["open": "o", "high": "h", "low": "l", "close": "c", "volume": "v"]
        switch style {
        case "capital": return name.capitalized
        case "short": return short[name] ?? name
        case "brackets": return "<\(name.uppercased())>"
        case "numbered":
            return short[name] != nil
                ? "\(["open", "high", "low", "close", "volume"].firstIndex(of: name).map { $0 + 1 } ?? 0). \(name)"
                : name
        default: return name
        }
    }
}
