package import Basics
package import Workflows

/// What nothing needs any more: what would go, or went, to the trash and from the remote.
package struct GarbageDocument: Document {
    private let plan: CollectGarbage.Plan
    private let emptied: (objects: Int, bytes: Int)
    private let graceDays: Int
    private let isDryRun: Bool

    /// What would go.
    package init(planned plan: CollectGarbage.Plan, isDryRun: Bool = true) {
        self.plan = plan
        self.isDryRun = isDryRun
        emptied = (0, 0)
        graceDays = 0
    }

    /// What went.
    package init(_ outcome: CollectGarbage.Outcome, graceDays: Int) {
        plan = outcome.plan
        emptied = (outcome.emptiedObjects, outcome.emptiedBytes)
        self.graceDays = graceDays
        isDryRun = false
    }

    package var body: JSONValue {
        let candidates = plan.objects.map { item in
            JSONValue.map([
                "md5": .string(item.md5), "path": .string(item.path), "size": .int(item.bytes),
                "lastUse": .string(day(item.lastUse)),
            ])
        }
        let remote = plan.remoteObjects.map { JSONValue.map(["key": .string($0.key), "size": .int($0.bytes)]) }
        return .map([
            ("dryRun", .bool(isDryRun)), ("objects", .int(plan.objects.count)), ("bytes", .int(plan.bytes)),
            ("candidates", .list(candidates)), ("remote", .list(remote)),
        ])
    }

    package func text(_ style: TextStyle) -> String {
        let trash =
            "trash: \(emptied.objects) objects (\(byteText(emptied.bytes))) older than \(graceDays) days are gone"
        return ([listing(style)] + (emptied.objects > 0 ? [trash] : [])).joined(separator: "\n")
    }

    private func listing(_ style: TextStyle) -> String {
        if plan.objects.isEmpty, plan.remoteObjects.isEmpty { return "Nothing to collect." }
        var table = TextTable(["path", "size", "last use", "object"], rightAligned: [1])
        for item in plan.objects {
            let ending = item.md5.hasSuffix(".dir") ? "….dir" : "…"
            table.add([
                item.path ?? "–", byteText(item.bytes), day(item.lastUse), String(item.md5.prefix(12)) + ending,
            ])
        }
        for item in plan.remoteObjects {
            table.add([item.key, byteText(item.bytes), day(item.modified), "remote"])
        }
        let what = isDryRun ? "would go to the trash" : "went to the trash; bring them back with: hftml gc --restore"
        return table.text(style) + "\n"
            + style.wrapped("\(plan.objects.count) objects, \(byteText(plan.bytes)) \(what)", indent: 2)
    }

    /// Files may carry any date; one past those that times reach to is no reason to fail.
    private func day(_ seconds: Int) -> String {
        CivilDate(daysSince1970: (seconds - (seconds < 0 ? 86_399 : 0)) / 86_400).description
    }
}

/// How many objects came back from the trash.
package struct RestoredGarbageDocument: Document {
    private let count: Int

    package init(_ count: Int) { self.count = count }

    package var body: JSONValue { .map(["restored": .int(count)]) }
    package func text(_ style: TextStyle) -> String { "\(count) objects restored" }
}
