import Promotion
import Testing

/// The life of a promotion: what no order of events may lead to, and that each can end.
@Suite struct PromotionMachineTests {
    private typealias Machine = PromotionMachine

    private static let events: [Machine.Event] = [
        .recorded, .handedOver, .notHandedOver, .neverArrived, .answered(isInForce: true, reason: ""),
        .answered(isInForce: false, reason: "r"), .healthy, .unhealthy("loss"), .withdrawn(isInForce: true),
        .withdrawn(isInForce: false), .takenBack,
    ]

    /// Every sequence of events of a length, from a machine, with what each event led to.
    private static func walk(
        _ machine: Machine, length: Int, _ past: [(Machine.Event, Machine.Action)] = [],
        _ visit: ([(Machine.Event, Machine.Action)], Machine) -> Void
    ) {
        visit(past, machine)
        guard length > 0 else { return }
        for event in events {
            var next = machine
            let action = next.handle(event)
            // What changes nothing need not be followed further.
            if next == machine {
                #expect(action == .rest)
                continue
            }
            walk(next, length: length - 1, past + [(event, action)], visit)
        }
    }

    @Test(
        "no order of events installs what was not in force and healthy, ends twice, or takes back what never ran",
        arguments: [false, true])
    func safety(asksHealth: Bool) {
        var ends: Set<String> = [], longest = 0
        for start in [Machine(asksHealth: asksHealth), Machine(underWay: asksHealth)] {
            Self.walk(start, length: 8) { past, machine in
                longest = max(longest, past.count)
                let ended = past.filter { if case .end = $0.1 { true } else { false } }
                #expect(ended.count <= 1)
                if case .ended = machine.state { #expect(ended.count == 1 && past.last?.1 == ended.last?.1) }
                for (index, step) in past.enumerated() {
                    let before = past[..<index].map(\.0) + [step.0]
                    let ran = before.contains(.answered(isInForce: true, reason: ""))
                    switch step.1 {
                    case .end(.installed, _): #expect(ran && (!asksHealth || before.contains(.healthy)))
                    case .takeBack: #expect(ran || before.contains(.withdrawn(isInForce: true)))
                    case .handOver: #expect(before == [.recorded])
                    default: break
                    }
                    if case .end(let end, _) = step.1 { ends.insert(end.rawValue) }
                }
            }
        }
        #expect(ends == Set(Machine.End.allCases.map(\.rawValue)))
        #expect(longest >= 4 && longest < 8, "lives end by themselves after \(longest) events")
    }

    @Test("from every state a promotion can end", arguments: [false, true])
    func liveness(asksHealth: Bool) {
        Self.walk(Machine(asksHealth: asksHealth), length: 8) { past, machine in
            var open = [machine], isEnding = false
            for _ in 0..<6 where !isEnding {
                open = open.flatMap { machine in
                    Self.events.map { event in
                        var next = machine
                        _ = next.handle(event)
                        return next
                    }
                }
                isEnding = open.contains { if case .ended = $0.state { true } else { false } }
            }
            #expect(isEnding || Self.isEnded(machine), "\(past)")
        }
    }

    private static func isEnded(_ machine: Machine) -> Bool {
        if case .ended = machine.state { true } else { false }
    }

    @Test("cut off after any step, it ends by what can be seen as it would have ended", arguments: [false, true])
    func resumed(asksHealth: Bool) {
        for isTaken in [true, false] {
            let receipt = Machine.Event.answered(isInForce: isTaken, reason: "no")
            let life: [Machine.Event] = [.recorded, .handedOver, receipt, .healthy]
            var whole = Machine(asksHealth: asksHealth)
            let last = life.map { whole.handle($0) }.last { if case .end = $0 { true } else { false } }
            for cut in 2...3 {
                var again = Machine(underWay: asksHealth)
                let actions = ([receipt] + (cut == 3 || asksHealth ? [.healthy] : [])).map { again.handle($0) }
                #expect(
                    actions.last { if case .end = $0 { true } else { false } } == last && again.state == whole.state)
            }
            // Before the bundle had left there was nothing that a host could answer.
            var lost = Machine(underWay: asksHealth)
            #expect(lost.handle(.neverArrived) == .end(.withdrawn, "the bundle never reached the inbox"))
        }
    }

    @Test("a hand takes it out at any time: with what ran put back first, without where nothing ran")
    func withdrawn() {
        var waiting = Machine(underWay: true)
        #expect(waiting.handle(.withdrawn(isInForce: false)) == .end(.withdrawn, "withdrawn by hand"))
        var inForce = Machine(underWay: true)
        #expect(inForce.handle(.withdrawn(isInForce: true)) == .takeBack("withdrawn by hand"))
        #expect(inForce.handle(.healthy) == .rest, "what is on its way out does not stay")
        #expect(inForce.handle(.takenBack) == .end(.refused, "withdrawn by hand"))
        #expect(inForce.handle(.withdrawn(isInForce: true)) == .rest)
        var ill = Machine(underWay: true)
        #expect(ill.handle(.answered(isInForce: true, reason: "")) == .askHealth)
        #expect(ill.handle(.unhealthy("loss")) == .takeBack("health: loss"))
        #expect(ill.handle(.takenBack) == .end(.refused, "health: loss"))
    }
}
