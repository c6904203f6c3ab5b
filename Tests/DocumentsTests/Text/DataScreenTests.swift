import Basics
import Documents
import TestSupport
import Testing
import Workflows

/// First rows of market data as people see them: a row is a line, whatever the screen.
@Suite struct DataScreenTests {
    private func screen(_ text: String, name: String, width: Int) throws -> [Substring] {
        let directory = try TemporaryDirectory()
        try directory.write(text, to: name)
        let head = try HeadData.run(directory.file(name), count: 3, table: nil, known: KnownOfData())
        return DataHeadDocument(head).text(TextStyle(width: width)).split(separator: "\n")
    }

    private static let rows = (0..<3).map { "2025-01-06 09:3\($0):00,100.00,101.50,99.50,100.20,1200" }

    @Test("bars fit 80 columns; the instrument and the known time are said once", arguments: [80, 120])
    func bars(width: Int) throws {
        let text = "datetime,open,high,low,close,volume\n" + Self.rows.joined(separator: "\n") + "\n"
        let lines = try screen(text, name: "SIM_1min.csv", width: width)
        #expect(lines[0].contains("bars of SIM"), "\(lines)")
        #expect(lines[1].contains("time") && lines[1].contains("volume"), "\(lines)")
        #expect(lines.count { $0.hasPrefix("2025-01-06T09:3") && $0.hasSuffix("1200") } == 3, "\(lines)")
        #expect(lines.contains("rows are known 1m after their time"), "\(lines)")
        #expect(lines.allSatisfy { DisplayWidth.columns(String($0)) <= width }, "\(lines)")
    }

    @Test("columns that do not fit are named below")
    func narrow() throws {
        let text = "datetime,open,high,low,close,volume\n" + Self.rows.joined(separator: "\n") + "\n"
        let lines = try screen(text, name: "SIM_1min.csv", width: 50)
        #expect(lines.contains { $0.hasPrefix("more columns (--json has all): ") && $0.contains("volume") }, "\(lines)")
        #expect(lines.count { $0.hasPrefix("2025-01-06T09:3") } == 3, "\(lines)")
    }

    @Test("escape bytes of a file do not reach the terminal")
    func escapes() throws {
        let rows = Self.rows.map { "\u{1B}[31mX,\($0)" }
        let text = "symbol,datetime,open,high,low,close,volume\n" + rows.joined(separator: "\n") + "\n"
        let lines = try screen(text, name: "a.csv", width: 80)
        #expect(lines.allSatisfy { !$0.unicodeScalars.contains { $0.value == 0x1B } }, "\(lines)")
        #expect(lines[0].contains("[31mX"), "\(lines)")
    }
}
