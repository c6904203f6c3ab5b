import Basics
import Tables

/// Bars, trades and quotes in CSV, in the dialects that vendors, programs and people write.
///
/// Columns are found by their names and checked by what they hold; how numbers, dates and units are written is found in
/// all rows of the file. What has two readings is refused, naming both.
package enum CSVFormat: FileFormat {
    package static func find(_ path: String, head: [UInt8]) throws -> (any FoundFile)? {
        try find(path, head: head, options: CSVOptions())
    }

    package static func find(_ path: String, head: [UInt8], options: CSVOptions) throws -> (any FoundFile)? {
        try look(path, head: head, options: options)
    }

    /// The same with what is known of the file.
    ///
    /// - Throws: ``Failure`` with code `data.header`, `data.empty`, `data.ambiguous`, `data.cell`, `data.cadence`,
    ///   `data.order`, `data.meaning`, `data.decimals`, `csv.syntax`, `time.zone`; ``FileError``.
    /// - Complexity: one pass over the file, two where its first rows leave something open.
    package static func look(_ path: String, head: [UInt8], options: CSVOptions) throws -> CSVFile? {
        guard isText(head) else { return nil }
        var found: [CSVLayout] = [], problem: (any Error)?
        let separators: [UInt8] = options.separator.map { [$0.asciiValue ?? 44] } ?? [44, 59, 9, 124]
        for separator in separators {
            do {
                if let layout = try layout(path, separator, options) { found.append(layout) }
            } catch {
                // Another separator may fit; the first reason is the one to tell.
                if problem == nil { problem = error }
            }
        }
        guard var layout = found.max(by: { $0.width < $1.width }) else {
            if let problem { throw problem }
            return nil
        }
        let names: [UInt8: String] = [44: ",", 59: ";", 9: "tab", 124: "|"]
        layout.inferences.append(
            Inference(
                "separator", names[layout.separator] ?? String(UnicodeScalar(layout.separator)),
                evidence: "it parts all first rows into \(layout.width) cells",
                confidence: found.count == 1 ? 0.99 : 0.8))
        return CSVFile(path: path, plan: try plan(path, layout, options))
    }

    /// Opens a file with what is known of it.
    ///
    /// - Throws: as ``find(_:head:options:)``, and ``Failure`` with code `data.format` for a file that is no such CSV.
    package static func open(_ path: String, options: CSVOptions = CSVOptions()) throws -> CSVFile {
        let head = try FoundFiles.head(of: path)
        if head.isEmpty {
            throw Failure("data.empty", "found an empty file at '\(path)'", hint: "fetch the file again")
        }
        if let file = try look(path, head: head, options: options) { return file }
        throw Failure(
            "data.format", "found no columns of market data in '\(path)'",
            hint: "expected a header with datetime, open, high, low, close, volume in any order")
    }

    private static func isText(_ head: [UInt8]) -> Bool {
        let start = head.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        guard let first = head.dropFirst(start).first(where: { $0 > 32 }), !head.contains(0) else { return false }
        if first == UInt8(ascii: "<") { return isBracketed(head.dropFirst(start)) }
        return first != UInt8(ascii: "{") && first != UInt8(ascii: "[")
    }

    /// Whether text begins as `<DATE>,<TIME>`, which markup never does.
    private static func isBracketed(_ head: ArraySlice<UInt8>) -> Bool {
        let name = head.drop { $0 == 32 }.prefix(40)
        guard let end = name.firstIndex(of: UInt8(ascii: ">")) else { return false }
        let mark = name[name.index(after: end)...].first { $0 != 32 }
        return mark.map { [44, 59, 9, 124].contains($0) } ?? false
    }

    // MARK: - Columns

    private static func layout(_ path: String, _ separator: UInt8, _ options: CSVOptions) throws -> CSVLayout? {
        let records = try CSVRecords(path, separator: separator)
        var rows: [[String]] = [], skipped = 0, comment: [UInt8] = []
        while rows.count < 300, try records.next() {
            if rows.isEmpty, skipped < 5, records.text(0).lowercased().hasPrefix("sep=") || records.count == 1 {
                skipped += 1
                continue
            }
            if rows.isEmpty { comment = records.comment }
            guard records.count <= 4096 else { return nil }
            rows.append((0..<records.count).map { records.text($0) })
        }
        guard let first = rows.first, first.count >= 3 else { return nil }
        var header = CSVHeader(rows, path: path, separator: separator, options: options)
        if !comment.isEmpty, let layout = try commented(comment, rows, path, separator, options) {
            return skip(layout, skipped)
        }
        return try header.find().map { skip($0, skipped) }
    }

    private static func skip(_ layout: CSVLayout, _ count: Int) -> CSVLayout {
        var layout = layout
        layout.headerRecords += count
        if count > 0 { layout.notes.append("\(count) lines before the header are passed over") }
        return layout
    }

    /// A header that stands behind a comment sign.
    private static func commented(
        _ comment: [UInt8], _ rows: [[String]], _ path: String, _ separator: UInt8, _ options: CSVOptions
    ) throws -> CSVLayout? {
        let names = comment.split(separator: separator, omittingEmptySubsequences: false).map {
            String(decoding: $0, as: UTF8.self).split(whereSeparator: \.isWhitespace).joined(separator: " ")
        }
        guard names.count == rows[0].count else { return nil }
        var header = CSVHeader([names] + rows, path: path, separator: separator, options: options)
        guard var layout = try header.find(), layout.headerRecords == 1 else { return nil }
        layout.headerRecords = 0
        layout.notes.append("the columns are named in a comment line")
        return layout
    }

    // MARK: - Rows

    /// Rows after which a dialect that is decided is only checked.
    private static let lookedAt = 4000

    private static func plan(_ path: String, _ layout: CSVLayout, _ options: CSVOptions) throws -> CSVPlan {
        let syntax = try syntax(path, layout, options, atMost: lookedAt)
        // What the first rows do not show, the others may.
        guard syntax.rows == lookedAt else { return try plan(path, layout, options, syntax) }
        do {
            let plan = try plan(path, layout, options, syntax)
            if syntax.hasStyle || !plan.hasGroups { return plan }
        } catch let failure as Failure where failure.code == "data.cell" {
            let whole = try Self.syntax(path, layout, options, atMost: .max)
            var ignored: [Inference] = []
            guard try whole.rules(&ignored) != syntax.rules(&ignored) else { throw failure }
            return try plan(path, layout, options, whole)
        }
        return try plan(path, layout, options, try Self.syntax(path, layout, options, atMost: .max))
    }

    private static func syntax(
        _ path: String, _ layout: CSVLayout, _ options: CSVOptions, atMost limit: Int
    ) throws -> CSVSyntax {
        var syntax = CSVSyntax(layout, path: path, options: options)
        let records = try CSVRecords(path, separator: layout.separator)
        for _ in 0..<layout.headerRecords { _ = try records.next() }
        while try records.next() {
            syntax.look(records)
            if syntax.rows == limit, syntax.isDecided { break }
        }
        return syntax
    }

    private static func plan(
        _ path: String, _ layout: CSVLayout, _ options: CSVOptions, _ syntax: CSVSyntax
    ) throws -> CSVPlan {
        var inferences: [Inference] = []
        let rules = try syntax.rules(&inferences)
        var survey = try CSVSurvey(path: path, layout: layout, rules: rules, zone: options.zone)
        try survey.run(scales: syntax.scales(rules), options)
        return try CSVPlan(survey, rules: rules, options: options, syntax: syntax, inferences: inferences)
    }
}
