import Basics
import Promotion
import Testing

/// Rules on whether a version can run, and on who says so: latency, size, limits, card, freeze windows.
@Suite struct ReadinessRuleTests {
    @Test("latency: the 99th percentile counts, at the budget it passes, unmeasured is no evidence")
    func latency() throws {
        var evidence = GateFixtures.evidence()
        func found(_ budget: Double) throws -> GateFixtures.Outcome {
            try GateFixtures.apply("{\"rule\": \"latency\", \"p99Microseconds\": \(budget)}", to: evidence)
        }
        let missing = try found(10)
        #expect(missing.outcome == "no-evidence" && missing.reason == "no evidence: the latency was not measured")
        evidence.latency = (2.25, 10.5)
        let held = try found(10.5)
        #expect(held.outcome == "pass" && held.number("p50") == 2.25 && held.number("p99") == 10.5)
        #expect(
            held.reason == "one window takes 2.3 µs, 99 of 100 at most 10.5 µs on this machine, allowed 10.5 µs",
            "\(held.reason)")
        #expect(try found(10.4).outcome == "fail")
    }

    @Test("size in KiB, at the bound it passes, unknown is no evidence")
    func size() throws {
        var evidence = GateFixtures.evidence()
        func found(_ maximum: Double) throws -> GateFixtures.Outcome {
            try GateFixtures.apply("{\"rule\": \"bundle-size\", \"maximumKiB\": \(maximum)}", to: evidence)
        }
        let missing = try found(1)
        #expect(missing.outcome == "no-evidence" && missing.reason == "no evidence: the size of the model is not known")
        evidence.modelBytes = 1536
        let held = try found(1.5)
        #expect(held.outcome == "pass" && held.number("KiB") == 1.5)
        #expect(held.reason == "the model has 1.5 KiB, allowed 1.5")
        #expect(try found(1.49).outcome == "fail")
    }

    @Test("risk limits: some at all, and those that are required by name")
    func limits() throws {
        var evidence = GateFixtures.evidence()
        let rule = #"{"rule": "risk-limits", "required": ["maximumLoss", "maximumPosition"]}"#
        for limits in [nil, []] as [Set<String>?] {
            evidence.riskLimits = limits
            let found = try GateFixtures.apply(rule, to: evidence)
            #expect(found.outcome == "no-evidence" && found.reason == "no evidence: the strategy sets no risk limits")
        }
        evidence.riskLimits = ["maximumPosition", "maximumLoss"]
        let held = try GateFixtures.apply(rule, to: evidence)
        #expect(held.outcome == "pass" && held.reason == "the strategy sets maximumLoss, maximumPosition")
        evidence.riskLimits = ["other"]
        let missing = try GateFixtures.apply(rule, to: evidence)
        #expect(missing.outcome == "fail" && missing.reason == "found no limit for maximumLoss, maximumPosition")
    }

    @Test("the model card: every required field filled, and two people for owner and validator")
    func card() throws {
        var evidence = GateFixtures.evidence()
        let none = try GateFixtures.apply("\"model-card\"", to: evidence)
        #expect(none.outcome == "no-evidence")
        #expect(none.reason == "no evidence: there is no model card; write Registry/cards/NAME.yaml")
        var card = Dictionary(uniqueKeysWithValues: ModelCardComplete.required.map { ($0, "text of \($0)") })
        evidence.card = card
        let held = try GateFixtures.apply("\"model-card\"", to: evidence)
        #expect(held.outcome == "pass" && held.reason == "the model card fills 11 fields")
        #expect(
            ModelCardComplete.required == [
                "owner", "validator", "intendedUse", "instruments", "horizon", "prohibitedUses", "strategySummary",
                "materiality", "changeClass", "nextReview", "monitoring",
            ])
        card["validator"] = card["owner"]
        evidence.card = card
        let one = try GateFixtures.apply("\"model-card\"", to: evidence)
        #expect(one.outcome == "fail")
        #expect(
            one.reason
                == "the model card names 'text of owner' as owner and as validator; two people are required")
        card["horizon"] = ""
        card["monitoring"] = nil
        evidence.card = card
        #expect(
            try GateFixtures.apply("\"model-card\"", to: evidence).reason
                == "the model card says nothing on horizon, monitoring")
        let few = try GateFixtures.apply(#"{"rule": "model-card", "fields": ["instruments"]}"#, to: evidence)
        #expect(few.outcome == "fail", "two people are required whatever the fields")
        evidence.card = ["instruments": "X"]
        #expect(
            try GateFixtures.apply(#"{"rule": "model-card", "fields": ["instruments"]}"#, to: evidence).reason
                == "the model card fills 1 fields")
    }

    @Test("a freeze window holds from its first moment until just before its end")
    func freeze() throws {
        let start = try #require(TimeText.parseUTC("2026-12-24")), end = try #require(TimeText.parseUTC("2026-12-27"))
        let rule = #"""
            {"rule": "freeze", "windows": [
              {"from": "2026-12-24", "to": "2026-12-27", "reason": "holidays"},
              {"from": "2027-01-01T10:00Z", "to": "2027-01-01T12:00Z"}]}
            """#
        func found(_ time: Nanoseconds) throws -> GateFixtures.Outcome {
            var evidence = GateFixtures.evidence()
            evidence.now = time
            return try GateFixtures.apply(rule, to: evidence)
        }
        let before = try found(start - 1)
        #expect(before.outcome == "pass" && before.reason.hasSuffix(" is in none of 2 freeze windows"))
        let first = try found(start)
        #expect(first.outcome == "fail")
        #expect(first.reason == "promotions are frozen until \(TimeText.utc(end)), that day is free: holidays")
        #expect(try found(end - 1).outcome == "fail")
        // Whoever took the 27th for frozen is told on that day, and no later.
        let day: Nanoseconds = 86_400_000_000_000
        for time in [end, end + day - 1] {
            let last = try found(time)
            #expect(last.outcome == "pass")
            #expect(last.reason.hasSuffix("; one went until \(TimeText.utc(end)), that day is free"), "\(last.reason)")
        }
        #expect(try found(end + day).reason.hasSuffix(" is in none of 2 freeze windows"))
        let second = try #require(TimeText.parseUTC("2027-01-01T11:00Z"))
        #expect(try found(second).reason == "promotions are frozen until 2027-01-01T12:00:00Z")
    }

    @Test("that nothing is frozen is said in words that are true of no window and of one, to the second")
    func free() {
        #expect(FreezeWindows.free(at: 1, of: 0, "freeze") == "no freeze is set")
        #expect(
            FreezeWindows.free(at: 1, of: 1, "freeze window") == "1970-01-01T00:00:00Z is outside the one freeze window"
        )
        #expect(FreezeWindows.free(at: 1, of: 2, "freeze") == "1970-01-01T00:00:00Z is in none of 2 freezes")
    }
}
