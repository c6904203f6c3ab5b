import Basics
import Promotion
import Testing

@Suite struct HealthRuleTests {
    private static func report(_ changes: [(String, JSONValue)] = []) throws -> JSONValue {
        var node = try JSONParser.parse(
            #"{"bundle": "b", "bars": 500, "predictions": 400, "undefined": 0, "submitted": 90, "denied": 10, "profit": -5.0, "p99Ns": 4000, "halted": false}"#
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
        #expect(rule.evaluate(nil, bundle: "b") == .waiting("the runtime has reported nothing about the bundle"))
        #expect(throws: (any Error).self) { try HealthRule(JSONParser.parse(#"{"withinSecond": 3}"#)) }
    }
}
