import Basics
import Testing
import Trading

/// Whether limits only tighten others: a test for every field.
@Suite struct RiskLimitsComparisonTests {
    struct Field: Sendable, CustomTestStringConvertible {
        let name: String
        let wider: @Sendable (inout RiskLimits) -> Void
        let tighter: @Sendable (inout RiskLimits) -> Void
        var testDescription: String { name }
    }

    static let hard: RiskLimits = {
        var limits = RiskLimits()
        limits.lot = 10
        limits.instruments = ["A", "B"]
        return limits
    }()

    static let fields = [
        Field(name: "tick", wider: { $0.tick = 50 }, tighter: { $0.tick = 200 }),
        Field(name: "lot", wider: { $0.lot = 15 }, tighter: { $0.lot = 30 }),
        Field(name: "maximumQuantity", wider: { $0.maximumQuantity += 1 }, tighter: { $0.maximumQuantity -= 1 }),
        Field(name: "maximumNotional", wider: { $0.maximumNotional += 1 }, tighter: { $0.maximumNotional -= 1 }),
        Field(name: "collarBps", wider: { $0.collarBps += 1 }, tighter: { $0.collarBps -= 1 }),
        Field(name: "maximumPosition", wider: { $0.maximumPosition += 1 }, tighter: { $0.maximumPosition -= 1 }),
        Field(name: "maximumGross", wider: { $0.maximumGross += 1 }, tighter: { $0.maximumGross -= 1 }),
        Field(name: "maximumLoss", wider: { $0.maximumLoss += 1 }, tighter: { $0.maximumLoss -= 1 }),
        Field(name: "ordersPerSecond", wider: { $0.ordersPerSecond = 10.5 }, tighter: { $0.ordersPerSecond = 9.5 }),
        Field(name: "burst", wider: { $0.burst = 100.5 }, tighter: { $0.burst = 1 }),
        Field(
            name: "duplicateWindowMs", wider: { $0.duplicateWindow -= 1_000_000 },
            tighter: { $0.duplicateWindow += 1_000_000 }),
        Field(
            name: "referenceMaximumAgeMs", wider: { $0.referenceMaximumAge += 1_000_000 },
            tighter: { $0.referenceMaximumAge -= 1_000_000 }),
        Field(name: "instruments", wider: { $0.instruments = ["A", "C"] }, tighter: { $0.instruments = ["B"] }),
    ]

    @Test("one field at a time: what allows more is named, what allows less is not", arguments: fields)
    func one(_ field: Field) {
        var wide = Self.hard, tight = Self.hard
        field.wider(&wide)
        field.tighter(&tight)
        let excesses = wide.excesses(over: Self.hard)
        #expect(excesses.count == 1 && excesses.first?.hasPrefix(field.name + " ") == true, "\(excesses)")
        #expect(tight.excesses(over: Self.hard).isEmpty && Self.hard.excesses(over: Self.hard).isEmpty)
    }

    @Test("every field of the limits is compared")
    func complete() {
        #expect(Set(Self.fields.map(\.name)) == Set(RiskLimits.keys))
    }

    @Test("all instruments are more than some; what is no number is not within a limit; several are all named")
    func others() {
        var limits = Self.hard
        limits.instruments = []
        #expect(limits.excesses(over: Self.hard) == ["all instruments, at most A, B"])
        var open = Self.hard
        open.instruments = []
        #expect(Self.hard.excesses(over: open).isEmpty)
        limits = Self.hard
        (limits.burst, limits.maximumLoss) = (.nan, .max)
        #expect(limits.excesses(over: Self.hard).count == 2)
    }
}
