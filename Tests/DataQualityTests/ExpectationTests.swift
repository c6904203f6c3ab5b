import Basics
import DataQuality
import MarketData
import TestSupport
import Testing

@Suite struct ExpectationTests {
    /// The one item of a report about rows of 12 May 2025 in New York.
    static func item(_ suite: String, _ rows: [String]) throws -> CheckReport.Item {
        try QualityTests.check(
            QualityTests.header + rows.map { "2025-05-12 \($0)\n" }.joined(), #"{"expectations": [\#(suite)]}"#
        ).items[0]
    }

    /// Offending and looked at.
    static func counts(_ suite: String, _ rows: [String]) throws -> [Int?] {
        let values = try item(suite, rows).values
        return [values[key: "offending"]?.intValue, values[key: "checked"]?.intValue]
    }

    @Test("the table has every name once, and says what each requires")
    func table() {
        let kinds = Expectations.kinds
        #expect(kinds.duplicates.isEmpty && kinds.entries.count == 8)
        for entry in kinds.entries { #expect(!entry.summary.isEmpty && entry.name == entry.value.name) }
    }

    @Test("equal prices are no fault of any row expectation")
    func equalPrices() throws {
        let rows = ["09:30:00,10,10,10,10,0", "09:35:00,0.0001,0.0001,0.0001,0.0001,1"]
        for name in ["high_low", "open_close_inside", "positive_price", "nonnegative_volume", "not_null"] {
            #expect(try ExpectationTests.counts("\"\(name)\"", rows) == [0, 2], "\(name)")
        }
    }

    @Test(
        "one step beyond the limit is a fault, on each side",
        arguments: [
            ("high_low", "09:30:00,10,9.9999,10,10,1"), ("open_close_inside", "09:30:00,9.9999,11,10,10,1"),
            ("open_close_inside", "09:30:00,11.0001,11,10,10,1"), ("open_close_inside", "09:30:00,10,11,10,9.9999,1"),
            ("open_close_inside", "09:30:00,10,11,10,11.0001,1"), ("positive_price", "09:30:00,0,11,10,10,1"),
            ("positive_price", "09:30:00,10,0,10,10,1"), ("positive_price", "09:30:00,10,11,0,10,1"),
            ("positive_price", "09:30:00,10,11,10,0,1"), ("nonnegative_volume", "09:30:00,10,11,10,10,-1"),
        ])
    func faults(name: String, row: String) throws {
        #expect(try ExpectationTests.counts("\"\(name)\"", [row, "09:35:00,10,11,9,10,1"]) == [1, 2])
    }

    @Test("examples name file, line and what was found; ten at most")
    func examples() throws {
        let high = try ExpectationTests.item("\"high_low\"", ["09:30:00,10,9.5,10,10,1"])
        #expect(high.evidence == ["X_5min.csv:2: found high 9.5000 below low 10.0000"])
        let inside = try ExpectationTests.item("\"open_close_inside\"", ["09:30:00,12,11,9,10,1"])
        #expect(inside.evidence == ["X_5min.csv:2: found open 12.0000 and close 10.0000 outside 9.0000 … 11.0000"])
        let volume = try ExpectationTests.item("\"nonnegative_volume\"", ["09:30:00,10,11,9,10,-7"])
        #expect(volume.evidence == ["X_5min.csv:2: found volume -7"])
        let many = try ExpectationTests.item("\"positive_price\"", (10..<30).map { "09:\($0):00,0,11,9,10,1" })
        #expect(many.evidence.count == 10 && many.values[key: "offending"]?.intValue == 20)
    }

    @Test("a row that the reader left out counts as looked at")
    func leftOut() throws {
        let rows = ["09:30:00,10,11,9,10,1", "09:35:00,x,11,9,10,1", "09:35:00,10,11,9,10,1", "09:30:00,1,1,1,1,1"]
        #expect(try ExpectationTests.counts("\"not_null\"", rows) == [1, 4])
        #expect(try ExpectationTests.counts("\"increasing_time\"", rows) == [1, 4])
        #expect(try ExpectationTests.counts("\"high_low\"", rows) == [0, 2])
    }

    @Test("a return just at the maximum passes, and a stated number of offenders is accepted")
    func outliers() throws {
        // Closes 8, 10, 8.5, 6: returns of 0.25, −0.15, −0.294.
        let rows = ["09:30:00,8,8,8,8,1", "09:35:00,10,10,10,10,1", "09:40:00,8.5,9,8,8.5,1", "09:45:00,6,6,6,6,1"]
        func suite(_ maximum: Double, _ count: Int) -> String {
            #"{"expect": "outlier_returns", "maximum": \#(maximum), "maximumCount": \#(count)}"#
        }
        #expect(try ExpectationTests.counts(suite(0.25, 0), rows) == [1, 3])
        #expect(try ExpectationTests.counts(suite(0.3, 0), rows) == [0, 3])
        #expect(try ExpectationTests.counts(suite(0.1, 0), rows) == [3, 3])
        #expect(try ExpectationTests.item(suite(0.1, 2), rows).status == .failed)
        let accepted = try ExpectationTests.item(suite(0.1, 3), rows)
        #expect(accepted.status == .passed && accepted.reason.contains("found 3 offending of 3"))
        #expect(accepted.evidence.last == "X_5min.csv:5: found a return of -29.41 % at 2025-05-12T13:45:00Z")
    }

    @Test("the step over the night is not looked at, nor one from a price of zero")
    func night() throws {
        let csv =
            QualityTests.header + "2025-05-12 15:55:00,10,10,10,10,1\n2025-05-13 09:30:00,90,90,90,90,1\n"
            + "2025-05-13 09:35:00,0,0,0,0,1\n2025-05-13 09:40:00,5,5,5,5,1\n"
        let values = try QualityTests.check(csv, #"{"expectations": ["outlier_returns"]}"#).items[0].values
        #expect(values[key: "checked"]?.intValue == 1 && values[key: "offending"]?.intValue == 1)
    }

    @Test("all missing bars of an offending gap count, against what the calendar promises")
    func gapCounts() throws {
        var rows = QualityTests.good
        rows.removeSubrange(10..<15)
        func report(_ options: String) throws -> CheckReport.Item {
            try QualityTests.check(
                QualityTests.header + rows.joined(), #"{"expectations": [{"expect": "gaps"\#(options)}]}"#
            ).items[0]
        }
        let strict = try report("")
        #expect(strict.values[key: "offending"]?.intValue == 5 && strict.values[key: "checked"]?.intValue == 78)
        #expect(
            strict.evidence == ["X_5min.csv:12: found 5 bars missing from 2025-05-12T10:20:00 (America/New_York)"],
            "\(strict.evidence)")
        #expect(try report(#", "maximumBars": 4"#).status == .failed)
        #expect(try report(#", "maximumBars": 5"#).status == .passed)
        // 5 of 78 is 6.41 %.
        #expect(try report(#", "maximumShare": 0.064"#).status == .failed)
        #expect(try report(#", "maximumShare": 0.0642"#).status == .passed)
    }

    @Test("two gaps are two findings; what lies before the first and after the last bar is none")
    func twoGaps() throws {
        var rows = QualityTests.good
        rows.removeSubrange(70..<78)
        rows.removeSubrange(40..<44)
        rows.removeSubrange(20..<24)
        rows.removeSubrange(0..<10)
        let item = try QualityTests.check(QualityTests.header + rows.joined(), #"{"expectations": ["gaps"]}"#).items[0]
        #expect(item.evidence.count == 2 && item.values[key: "offending"]?.intValue == 8)
        #expect(item.values[key: "checked"]?.intValue == 60)
    }

    @Test("findings of several files add up, and the report says how many files and rows")
    func severalFiles() throws {
        let directory = try TemporaryDirectory()
        let suite = try QualitySuite(JSONParser.parse(#"{"expectations": ["positive_price", "high_low"]}"#))
        var checker = try QualityChecker(suite, market: MarketSpec())
        for (name, price) in [("A", "0"), ("B", "1"), ("C", "0")] {
            let rows = "2025-05-12 09:30:00,1,1,\(price),1,1\n2025-05-12 09:35:00,x,1,1,1,1\n"
            try checker.check(
                directory.write(QualityTests.header + rows, to: "\(name)_5min.csv"), shownAs: "\(name).csv")
        }
        #expect(checker.files == 3 && checker.rows == 6)
        let report = try checker.report(subject: "bars")
        #expect(report.subject == "bars (3 files, 6 rows)" && report.title == "data quality")
        #expect(report.items.map(\.name) == ["positive_price", "high_low"])
        #expect(report.items[0].evidence.map { String($0.prefix(7)) } == ["A.csv:2", "C.csv:2"])
        #expect(report.items[0].status == .failed && report.items[1].status == .passed)
        #expect(report.items[0].reason == "prices are above 0; found 2 offending of 3")
        #expect(report.items[1].reason == "high ≥ low")
        #expect(report.items[1].values[key: "severity"]?.stringValue == "error")
    }

    @Test(
        "mistakes in a suite name the expectation or option",
        arguments: [
            (#"["gapps"]"#, "found the unknown expectation 'gapps', expected one of not_null", "did you mean 'gaps'?"),
            (#"[{"severity": "error"}]"#, "found an entry without 'expect'", "write the name"),
            (#"[7]"#, "found an entry without 'expect'", nil),
            (#"[{"expect": "gaps", "maximumBar": 3}]"#, "unknown key 'gaps.maximumBar'", "did you mean 'maximumBars'?"),
            (#"[{"expect": "gaps", "maximumBars": -1}]"#, "'gaps.maximumBars'", nil),
            (#"[{"expect": "gaps", "maximumShare": 1.1}]"#, "'gaps.maximumShare'", nil),
            (#"[{"expect": "outlier_returns", "maximum": 0}]"#, "'outlier_returns.maximum'", nil),
            (#"[{"expect": "outlier_returns", "maximumCount": -1}]"#, "'outlier_returns.maximumCount'", nil),
            (#"[{"expect": "high_low", "severity": "warnin"}]"#, "'high_low.severity'", "did you mean 'warning'?"),
            (#"[]"#, "found no expectations in the suite", nil),
        ] as [(String, String, String?)])
    func mistakes(list: String, problem: String, hint: String?) {
        let error = #expect(throws: ConfigError.self) {
            try QualitySuite(JSONParser.parse(#"{"expectations": \#(list)}"#))
        }
        #expect(error?.problem.contains(problem) == true, "\(error?.problem ?? "")")
        if let hint { #expect(error?.hint?.hasPrefix(hint) == true, "\(error?.hint ?? "")") }
    }
}
