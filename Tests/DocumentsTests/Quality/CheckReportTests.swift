import Basics
import Documents
import Foundation
import Testing

@Suite struct CheckReportTests {
    private static func report(_ name: String = "no gaps") -> CheckReport {
        CheckReport(
            title: "data quality", subject: "Data/\(name) (2 files, 10 rows)",
            items: [
                .init(name: "not_null", status: .passed, reason: "no value is missing"),
                .init(name: name, status: .failed, reason: "78 bars \(name) missing", evidence: ["a.csv:7 \(name)"]),
                .init(name: "drift", status: .waived, reason: "waived by rita until 2027-01-01"),
                .init(name: "spread", status: .warned, reason: "wide"),
            ])
    }

    @Test("the document's keys and types, and a refusal where a rule fails")
    func golden() {
        let document = CheckReportDocument(Self.report())
        #expect(
            Shape.of(document) == [
                "schemaVersion: number", "title: string", "subject: string", "passed: bool", "items[].name: string",
                "items[].status: string", "items[].reason: string", "items[].evidence: []", "items[].values: null",
                "items[].evidence[]: string",
            ])
        #expect(document.isRefusal)
        #expect(!CheckReportDocument(CheckReport(title: "t", subject: "s", items: [])).isRefusal)
        #expect(document.json == Self.report().json)
    }

    @Test("every format names the waiver and who signed it", arguments: CheckReport.Format.allCases)
    func formats(_ format: CheckReport.Format) {
        let text = Self.report().text(format)
        #expect(text.contains("rita") && text.hasSuffix("\n"))
    }

    @Test("the page says what failed first, and how many rules do")
    func page() {
        let html = Self.report().text(.html), markup = Markup(html)
        #expect(markup.problems == [])
        #expect(
            html.contains(
                "<h1 class=\"bad\">Failed: 1 of 4 rules does not hold, 1 warned, 1 waived</h1>"))
        let order = ["✗ failed", "~ waived", "! warned", "✓ passed"].compactMap { html.range(of: $0)?.lowerBound }
        #expect(order.count == 4 && order == order.sorted())
    }

    @Test("JUnit counts the failures and holds no markup of a name", arguments: HostileNames.all)
    func junit(_ name: String) {
        let text = Self.report(name).text(.junit)
        #expect(text.contains("tests=\"4\" failures=\"1\" errors=\"0\" skipped=\"0\""))
        #expect(Markup(text).problems == [], "\(text)")
        #expect(Markup(text).count("testcase") == 4 && Markup(text).count("failure") == 1)
    }

    @Test("Markdown has one row a rule and three cells a row", arguments: HostileNames.all)
    func markdown(_ name: String) {
        let lines = Self.report(name).text(.markdown).split(separator: "\n")
        let rows = lines.filter { $0.hasPrefix("| ") }
        #expect(rows.count == 5, "\(rows)")
        for row in rows {
            let bars = row.indices.count {
                row[$0] == "|" && ($0 == row.startIndex || row[row.index(before: $0)] != "\\")
            }
            #expect(bars == 4, "\(row)")
        }
    }

    @Test("GitLab gets the rules that do not hold, each with a fingerprint that stays")
    func codeQuality() throws {
        let entries = try #require(try JSONParser.parse(Self.report().text(.gitlabCodeQuality)).listValue)
        #expect(entries.count == 3 && Set(entries.compactMap { $0[key: "fingerprint"]?.stringValue }).count == 3)
        #expect(entries[0][key: "severity"]?.stringValue == "blocker")
        #expect(entries[1][key: "severity"]?.stringValue == "minor")
        #expect(Self.report().text(.gitlabCodeQuality) == Self.report().text(.gitlabCodeQuality))
        let placed = try JSONParser.parse(Self.report().text(.gitlabCodeQuality, at: "Registry/gates/p.yaml")).listValue
        for entry in placed ?? [] { #expect(entry[path: "location.path"]?.stringValue == "Registry/gates/p.yaml") }
        #expect(placed?.map { $0[key: "fingerprint"] } == entries.map { $0[key: "fingerprint"] })
    }

    @Test("the text marks every rule and shows at most so much evidence")
    func text() {
        let document = CheckReportDocument(Self.report(), evidenceLines: 0)
        #expect(
            document.text(.plain) == """
                data quality of Data/no gaps (2 files, 10 rows): FAILED
                  ✓ not_null: no value is missing
                  ✗ no gaps: 78 bars no gaps missing
                  ~ drift: waived by rita until 2027-01-01
                  ! spread: wide
                """)
        #expect(CheckReportDocument(Self.report()).text(.plain).contains("\n      a.csv:7 no gaps"))
    }
}
