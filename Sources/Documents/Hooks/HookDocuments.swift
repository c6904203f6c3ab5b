package import Basics
package import Registry
package import Workflows

extension Subscription {
    fileprivate var fields: [(String, JSONValue)] {
        [
            ("name", .string(name)), ("kind", .string(kind.rawValue)), ("target", .string(shownTarget)),
            ("actions", .strings(actions)), ("signed", .bool(secretPath != nil)),
            ("deliveredThrough", .int(deliveredThrough)),
        ]
    }
}

/// Hooks, and how far each has heard.
package struct HooksDocument: Document {
    package let hooks: [Subscription]

    package init(_ hooks: [Subscription]) { self.hooks = hooks }

    package var body: JSONValue { .map([("hooks", .list(hooks.map { .map($0.fields) }))]) }

    package func text(_ style: TextStyle) -> String {
        var table = TextTable(["name", "kind", "actions", "signed", "heard up to", "target"], rightAligned: [4])
        for s in hooks {
            table.add([
                s.name, s.kind.rawValue, s.actions.joined(separator: " "), s.secretPath == nil ? "no" : "yes",
                String(s.deliveredThrough), s.shownTarget,
            ])
        }
        return table.text(style)
    }
}

/// A hook that was just added.
package struct HookDocument: Document {
    package let hook: Subscription

    package init(_ hook: Subscription) { self.hook = hook }

    package var body: JSONValue { .map(hook.fields) }
    package func text(_ style: TextStyle) -> String {
        style.wrapped(
            "\(hook.name) hears \(hook.actions.joined(separator: " ")) from entry \(hook.deliveredThrough + 1) on",
            indent: 2)
    }
}

/// A hook that was just removed.
package struct RemovedHookDocument: Document {
    private let name: String

    package init(_ name: String) { self.name = name }

    package var body: JSONValue { .map([("removed", .string(name))]) }
    package func text(_ style: TextStyle) -> String { "removed \(name)" }
}

/// What a delivery achieved.
package struct DeliveryDocument: Document {
    package let summary: DeliverEvents.Summary
    private let isReplay: Bool

    package init(_ summary: DeliverEvents.Summary, isReplay: Bool = false) {
        (self.summary, self.isReplay) = (summary, isReplay)
    }

    package var isFailure: Bool { !summary.failures.isEmpty }

    package var body: JSONValue {
        .map(["delivered": .int(summary.delivered), "failures": .strings(summary.failures)])
    }
    package func text(_ style: TextStyle) -> String {
        style.wrapped(
            isReplay
                ? "\(summary.delivered) delivered again" + (summary.failures.first.map { "; then \($0)" } ?? "")
                : "\(summary.delivered) delivered, \(summary.failures.count) hooks fail", indent: 2)
    }
}

/// Attempts to deliver.
package struct DeliveriesDocument: Document {
    package let deliveries: [DeliveryRecord]

    package init(_ deliveries: [DeliveryRecord]) { self.deliveries = deliveries }

    package var body: JSONValue {
        let deliveries = deliveries.map { delivery in
            JSONValue.map([
                "hook": .string(delivery.subscription), "event": .int(delivery.event),
                "succeeded": .bool(delivery.isSucceeded), "detail": .string(delivery.detail),
                "at": .string(TimeText.utc(delivery.time)),
            ])
        }
        return .map([("deliveries", .list(deliveries))])
    }

    package func text(_ style: TextStyle) -> String {
        var table = TextTable(["at", "hook", "event", "outcome"], rightAligned: [2])
        for d in deliveries {
            table.add([
                TimeText.seconds(d.time), d.subscription, String(d.event), (d.isSucceeded ? "" : "failed: ") + d.detail,
            ])
        }
        return table.text(style)
    }
}
