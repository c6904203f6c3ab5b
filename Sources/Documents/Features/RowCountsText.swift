import Basics
import Features

/// What became of the bars or events, as a table for people: the instruments that lost most first, and all together.
struct RowCountsText {
    /// More instruments than this are summed up in one line.
    static let most = 10

    private let all: [RowCounts]
    private var total = RowCounts(instrument: "all")

    init(_ all: [RowCounts]) {
        self.all = all
        for one in all { total.add(one) }
    }

    /// Empty where nothing was read.
    func text(_ style: TextStyle) -> String {
        guard total.read > 0 else { return "" }
        let columns = RowCountsText.columns.filter { $0.isAlways || total[keyPath: $0.count] > 0 }
        var table = TextTable(
            ["instrument"] + columns.map(\.name), rightAligned: Set(1...columns.count), kept: [0])
        func add(_ name: String, _ counts: RowCounts) {
            table.add([name] + columns.map { "\(counts[keyPath: $0.count])" })
        }
        let sorted = all.enumerated().sorted {
            ($1.element.lost, $0.offset) < ($0.element.lost, $1.offset)
        }.map(\.element)
        for one in sorted.prefix(RowCountsText.most) { add(one.instrument, one) }
        if sorted.count > RowCountsText.most {
            var others = RowCounts(instrument: "")
            for one in sorted.dropFirst(RowCountsText.most) { others.add(one) }
            add("\(sorted.count - RowCountsText.most) others", others)
        }
        if sorted.count > 1 { add("all", total) }
        var lines = [table.text(style)]
        if total.gaps > 0 {
            lines.append(
                style.wrapped(
                    "\(total.missing) bars that the calendar promises are missing in \(total.gaps) gaps", indent: 2))
        }
        if total.incomplete > 0 {
            lines.append(
                style.wrapped("\(total.incomplete) coarser bars are not there, because bars are missing", indent: 2))
        }
        if let worst = total.worst {
            lines.append(
                style.wrapped(
                    "undefined most: '\(worst.value.feature)', as '\(worst.value.expression)' is "
                        + "\(worst.value.reason.rawValue) in \(worst.rows) of \(total.undefined)", indent: 2))
        }
        return lines.joined(separator: "\n")
    }

    private struct Column {
        let name: String
        let count: KeyPath<RowCounts, Int>
        var isAlways = false
    }

    private static var columns: [Column] {
        [
            Column(name: "read", count: \.read, isAlways: true), Column(name: "outside", count: \.outsideHours),
            Column(name: "no book", count: \.withoutBook), Column(name: "gathered", count: \.gathered),
            Column(name: "warm-up", count: \.warmUp, isAlways: true),
            Column(name: "undefined", count: \.undefined),
            Column(name: "no label", count: \.withoutLabel, isAlways: true),
            Column(name: "kept", count: \.labelled, isAlways: true), Column(name: "missing", count: \.missing),
        ]
    }
}

extension RowCounts {
    /// Bars that were read and are in no sample.
    fileprivate var lost: Int { read - labelled }

    /// As documents carry it.
    var json: JSONValue {
        .map([
            ("instrument", .string(instrument)), ("read", .int(read)), ("outsideHours", .int(outsideHours)),
            ("withoutBook", .int(withoutBook)), ("gathered", .int(gathered)), ("incomplete", .int(incomplete)),
            ("warmUp", .int(warmUp)), ("undefined", .int(undefined)),
            ("withoutLabel", .int(withoutLabel)), ("kept", .int(labelled)), ("gaps", .int(gaps)),
            ("missing", .int(missing)),
            (
                "undefinedBy",
                .list(
                    undefinedBy.sorted {
                        ($1.value, $0.key.feature, $0.key.expression) < ($0.value, $1.key.feature, $1.key.expression)
                    }.map { value, rows in
                        .map([
                            ("feature", .string(value.feature)), ("expression", .string(value.expression)),
                            ("reason", .string(value.reason.rawValue)), ("rows", .int(rows)),
                        ])
                    })
            ),
        ])
    }
}
