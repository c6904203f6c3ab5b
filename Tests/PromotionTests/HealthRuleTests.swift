import Basics
import Deployment
import Promotion
import Testing

@Suite struct HealthRuleTests {
    private static func report(_ changes: [(String, JSONValue)] = []) throws -> JSONValue {
        var node = try JSONParser.parse(
            #"""
            {"bundle": "b", "bars": 500, "predictions": 400, "undefined": 0, "submitted": 90, "denied": 10,
             "profit": -5.0, "p99Ns": 4000, "halted": false}
            """#
        )
        for (key, value) in changes { node[key: key] = value }
        return node
    }

    @Test("a broken limit decides at once, too little is waited for, and a report about another bundle is none")
    func verdicts() throws {
        let rule = try HealthRule(
            JSONParser.parse(
                #"{"minimumBars": 100, "maximumDeniedShare": 0.2, "maximumLoss": 10, "maximumP99Microseconds": 5}"#))
        func kind(_ changes: [(String, JSONValue)]) throws -> String {
            switch rule.evaluate(try Self.report(changes), bundle: "b") {
            case .healthy: "healthy"
            case .unhealthy(let reason): reason
            case .waiting: "waiting"
            }
        }
        #expect(try kind([]) == "healthy")
        #expect(try kind([("bars", .int(99))]) == "waiting")
        #expect(try kind([("bundle", .string("other"))]) == "waiting")
        #expect(try kind([("bars", .int(1)), ("profit", .double(-10.5))]).contains("lost 10.5"))
        #expect(try kind([("denied", .int(60))]).contains("denied"))
        #expect(try kind([("undefined", .int(1))]).contains("not numbers"))
        #expect(try kind([("p99Ns", .int(6000))]).contains("99th"))
        #expect(try kind([("halted", .bool(true))]).contains("halted"))
        #expect(try kind([("profit", .null)]).contains("not a number"))
        #expect(try kind([("submitted", .int(.max))]).contains("number of orders is out of range"))
        #expect(rule.evaluate(nil, bundle: "b") == .waiting("the runtime has reported nothing about the bundle"))
        #expect(throws: (any Error).self) { try HealthRule(JSONParser.parse(#"{"withinSecond": 3}"#)) }
    }

    private static func verdict(_ rule: String, _ changes: [(String, JSONValue)] = []) throws -> HealthRule.Verdict {
        try HealthRule(JSONParser.parse(rule)).evaluate(try report(changes), bundle: "b")
    }

    @Test("every limit holds at its bound and is broken beyond it, with measured and allowed in the sentence")
    func bounds() throws {
        let healthy = HealthRule.Verdict.healthy("500 bars, 100 orders, 10 denied, profit -5.0")
        #expect(try Self.verdict(#"{"maximumLoss": 5}"#) == healthy)
        #expect(
            try Self.verdict(#"{"maximumLoss": 4.99}"#) == .unhealthy("it lost 5.0, allowed 4.99"))
        #expect(try Self.verdict(#"{"maximumDeniedShare": 0.1}"#) == healthy)
        #expect(
            try Self.verdict(#"{"maximumDeniedShare": 0.09}"#)
                == .unhealthy("10.0 % of 100 orders were denied, allowed 9.0 %"))
        #expect(try Self.verdict(#"{"maximumP99Microseconds": 4}"#) == healthy)
        #expect(
            try Self.verdict(#"{"maximumP99Microseconds": 3.9}"#)
                == .unhealthy("bar to decision takes 4.0 µs at the 99th percentile, allowed 3.9"))
        #expect(try Self.verdict(#"{"minimumBars": 500}"#) == healthy)
        #expect(try Self.verdict(#"{"minimumBars": 501}"#) == .waiting("500 bars, required 501"))
        #expect(
            try Self.verdict("{}", [("undefined", .int(1))]) == .unhealthy("1 of 400 predictions are not numbers"))
        #expect(try Self.verdict("{}", [("halted", .bool(true))]) == .unhealthy("trading is halted"))
        #expect(
            try Self.verdict("{}", [("profit", .string("NaN"))])
                == .unhealthy("the reported profit is not a number"))
    }

    @Test("without orders nothing was denied, and a report without bars is none")
    func empty() throws {
        let idle: [(String, JSONValue)] = [("submitted", .int(0)), ("denied", .int(0))]
        #expect(
            try Self.verdict(#"{"maximumDeniedShare": 0}"#, idle)
                == .healthy("500 bars, 0 orders, 0 denied, profit -5.0"))
        let one: [(String, JSONValue)] = [("submitted", .int(0)), ("denied", .int(1))]
        #expect(
            try Self.verdict(#"{"maximumDeniedShare": 0.5}"#, one)
                == .unhealthy("100.0 % of 1 orders were denied, allowed 50.0 %"))
        #expect(
            try Self.verdict("{}", [("bars", .null)])
                == .waiting("the runtime has reported nothing about the bundle"))
        #expect(try Self.verdict("{}", [("bars", .int(0))]) == .waiting("0 bars, required 1"))
        #expect(try Self.verdict("{}", [("bars", .int(1))]) == .healthy("1 bars, 100 orders, 10 denied, profit -5.0"))
    }

    @Test("is healthy only where the verdict says so")
    func isHealthy() throws {
        let rule = try HealthRule(JSONParser.parse(#"{"minimumBars": 100}"#))
        #expect(rule.isHealthy(try Self.report(), bundle: "b"))
        #expect(!rule.isHealthy(try Self.report([("bars", .int(99))]), bundle: "b"))
        #expect(!rule.isHealthy(try Self.report([("halted", .bool(true))]), bundle: "b"))
        #expect(!rule.isHealthy(nil, bundle: "b"))
    }

    @Test("defaults, and the range of every limit")
    func options() throws {
        let rule = try HealthRule(JSONParser.parse("{}"))
        #expect(rule.withinSeconds == 60 && rule.minimumBars == 1 && rule.maximumDeniedShare == 1)
        #expect(rule.maximumLoss == nil && rule.maximumP99Microseconds == nil)
        for (key, valid, invalid) in [
            ("withinSeconds", ["0.1", "86400"], ["0.05", "86401"]), ("minimumBars", ["1"], ["0"]),
            ("maximumDeniedShare", ["0", "1"], ["-0.1", "1.1"]), ("maximumLoss", ["0", "1e15"], ["-1", "2e15"]),
            ("maximumP99Microseconds", ["0", "1e9"], ["-1", "2e9"]),
        ] {
            for value in valid {
                #expect(throws: Never.self, "\(key) \(value)") {
                    try HealthRule(JSONParser.parse("{\"\(key)\": \(value)}"))
                }
            }
            for value in invalid {
                let error = #expect(throws: ConfigError.self, "\(key) \(value)") {
                    try HealthRule(JSONParser.parse("{\"\(key)\": \(value)}"))
                }
                #expect(error?.problem.contains("'health.\(key)'") == true)
            }
        }
        #expect(HealthRule.keys.count == 5)
    }
}
