import AsyncHTTPClient
import Basics
import Foundation
import NIOCore
import NIOHTTP1
import Registry

/// Entries of the audit log in; commands run and web addresses told, at least once and in order, out.
///
/// A subscriber that fails hears the same event again at the next delivery, and nothing after it until then. Every
/// event has an id that stays the same, so that a receiver can tell a repetition.
package struct DeliverEvents: Sendable {
    package struct Summary: Sendable, Equatable {
        package var delivered = 0
        /// One for each subscriber that is stuck: name, event, reason.
        package var failures: [String] = []
        package var waiting = 0

        /// Nothing to tell.
        package init() {}
    }

    /// Set for commands that run as hooks: what they change is announced by the delivery that runs them, which holds
    /// the lock they would wait for.
    package static let isUnderWay = "HFTML_DELIVERING"

    /// The id of the event, for the command of a hook.
    private static let deliveryID = "HFTML_DELIVERY_ID"

    /// Seconds that one command or request may take.
    package var timeout = 10.0

    package init() {}

    /// - Parameters:
    ///   - name: only this hook; all when nil.
    ///   - limit: events a hook.
    ///   - isPaced: whether a hook that failed last time is left alone until its pause is over; it doubles with every
    ///     failure, from a second to an hour.
    package func run(_ name: String? = nil, limit: Int = .max, isPaced: Bool = false, session: Session) async throws
        -> Summary
    {
        let registry = try session.registry(), consent = try HookConsent(session)
        var summary = Summary()
        // A command may change something itself, which those before it have not heard of yet; one that does so without
        // end is left to the next delivery.
        for _ in 0..<3 {
            let before = summary.delivered
            for subscription in try name.map({ [try registry.subscription($0)] }) ?? registry.subscriptions() {
                guard consent.isGiven(subscription) else {
                    // It waits for a command of the account that added it.
                    let failure = DeliverEvents.otherAccounts(subscription)
                    if name != nil { throw failure }
                    if !isPaced { session.caller.conversation.say(failure.message) }
                    continue
                }
                // Whoever comes second waits, and then finds nothing left to do: two at once would disturb the order.
                let lock = try FileLock(
                    Paths.join(Paths.parent(session.registryPath), "checkpoints/.hook-\(subscription.id).lock"))
                if try !isPaced || registry.isDue(subscription) {
                    try await deliver(subscription, limit: limit, registry: registry, session: session, &summary)
                }
                withExtendedLifetime(lock) {}
            }
            guard summary.delivered > before, summary.failures.isEmpty, summary.waiting == 0 else { break }
        }
        return summary
    }

    private static func otherAccounts(_ hook: Subscription) -> Failure {
        Failure(
            "hooks.account",
            "found the hook '\(hook.name)', whose command another account added to a registry that several can write",
            hint:
                "let that account deliver it; or add it as your own: hftml hooks remove \(hook.name), then hftml hooks "
                + "add", exitStatus: .refused)
    }

    /// Delivers again from an entry of the audit log on.
    ///
    /// - Throws: ``Failure`` with code `hooks.none` and the nearest name.
    package func replay(_ name: String, from sequence: Int, session: Session) async throws -> Summary {
        try session.registry().rewind(name, to: max(sequence, 1) - 1)
        return try await run(name, session: session)
    }

    private func deliver(
        _ subscription: Subscription, limit: Int, registry: RegistryDatabase, session: Session, _ summary: inout Summary
    ) async throws {
        var sent = 0
        while true {
            let entries = try registry.undelivered(subscription, limit: 500)
            guard let last = entries.last else { return }
            for entry in entries where subscription.wants(entry.action) {
                guard sent < limit else {
                    summary.waiting += 1
                    return
                }
                do {
                    let answer = try await send(entry, to: subscription, session: session)
                    try registry.recordDelivery(subscription, event: entry.sequence, isSucceeded: true, detail: answer)
                } catch {
                    let reason = (error as? any UserFacingError)?.message ?? "\(error)"
                    try registry.recordDelivery(subscription, event: entry.sequence, isSucceeded: false, detail: reason)
                    summary.failures.append(
                        "\(subscription.name): event \(entry.sequence) (\(entry.action) \(entry.subject)): \(reason)")
                    return
                }
                summary.delivered += 1
                sent += 1
            }
            try registry.skip(subscription, through: last.sequence)
        }
    }

    private func send(_ entry: AuditEntry, to subscription: Subscription, session: Session) async throws -> String {
        let message = EventMessage(entry, for: subscription)
        switch subscription.kind {
        case .command: return try await runCommand(subscription.target, message, entry: entry, session: session)
        case .webhook: return try await post(message, to: subscription, session: session)
        }
    }

    // MARK: How it is sent

    private func post(_ message: EventMessage, to subscription: Subscription, session: Session) async throws -> String {
        var request = HTTPClientRequest(url: subscription.target)
        let timestamp = String(Clock.system.now() / 1_000_000_000)
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/json")
        request.headers.add(name: "User-Agent", value: "hftml/\(ToolVersion.current)")
        request.headers.add(name: "X-Hftml-Delivery-Id", value: message.id)
        request.headers.add(name: "X-Hftml-Timestamp", value: timestamp)
        if let path = subscription.secretPath {
            request.headers.add(
                name: "X-Hftml-Signature",
                value: message.signature(
                    secret: try DeliverEvents.secret(Paths.join(session.root, path)), timestamp: timestamp))
        }
        request.body = .bytes(ByteBuffer(string: message.body))
        let response: HTTPClientResponse
        do {
            response = try await WebClient.withoutRedirects.execute(
                request, timeout: .milliseconds(Int64(saturating: timeout * 1000)))
        } catch {
            throw Failure("hooks.unreachable", "cannot reach \(subscription.shownTarget): \(error)")
        }
        // Read and thrown away, up to a bound: a connection is used again only when its answer is out of the way.
        _ = try? await response.body.collect(upTo: 1 << 16)
        guard (200..<300).contains(response.status.code) else {
            throw Failure("hooks.answer", "found the answer \(response.status.code), expected 200 to 299")
        }
        return "\(response.status.code)"
    }

    /// The secret of a webhook, without the line's end; readable by its owner only.
    static func secret(_ path: String) throws -> String {
        var info = stat()
        if stat(path, &info) == 0, info.st_mode & 0o077 != 0 {
            throw Failure(
                "hooks.permissions", "found the secret '\(path)' readable by others", hint: "run: chmod 600 \(path)")
        }
        var text = try FileChunks.text(path)
        while text.last?.isNewline == true { text.removeLast() }
        guard text.utf8.count >= 16 else {
            throw Failure(
                "hooks.secret", "found a secret of \(text.utf8.count) bytes in '\(path)', expected 16 or more",
                hint: "make one: openssl rand -hex 32")
        }
        return text
    }

    private func runCommand(_ line: String, _ message: EventMessage, entry: AuditEntry, session: Session) async throws
        -> String
    {
        // The event goes through a file: a pipe would block on a command that does not read.
        let file = Paths.join(Paths.parent(session.registryPath), "checkpoints/.event-\(message.id)-\(getpid()).json")
        try AtomicFile.write(message.body + "\n", to: file, mode: 0o600)
        defer { try? Paths.remove(file) }
        let input = open(file, O_RDONLY | O_CLOEXEC)
        guard input >= 0 else { throw FileError("open", file) }
        defer { close(input) }
        let environment = session.caller.environment.merging([
            "HFTML_EVENT": entry.action, "HFTML_EVENT_SUBJECT": entry.subject, "HFTML_EVENT_ACTOR": entry.actor,
            DeliverEvents.deliveryID: message.id,
            DeliverEvents.isUnderWay: "1",
        ]) { $1 }
        // Its output is conversation: this program's stdout belongs to its own product.
        let child = try ChildProcess(
            ["/bin/sh", "-c", line], directory: session.root, environment: environment, leadsGroup: true,
            input: input, output: 2, errors: 2)
        let deadline = Clock.monotonic() + Int64(saturating: timeout * 1e9)
        while child.isRunning {
            if Clock.monotonic() > deadline {
                // With all that the shell started, also where it left the group.
                child.signalGroup(SIGKILL)
                MarkedProcesses.end(DeliverEvents.deliveryID, message.id)
                child.wait()
                throw Failure("hooks.timeout", "the command did not end within \(Int(saturating: timeout)) s")
            }
            try await Task.sleep(nanoseconds: 5_000_000)
        }
        let status = child.wait()
        guard status == 0 else { throw Failure("hooks.command", "the command ended with status \(status)") }
        return "exit 0"
    }
}
