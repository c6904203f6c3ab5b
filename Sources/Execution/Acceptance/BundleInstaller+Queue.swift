import Basics
import Deployment
import ModelBundles

/// In which order a look takes the bundles of the inbox, and how many of them.
extension BundleInstaller {
    /// How much one look answers, of bundles and of each kind of other mail; the next one goes on. What makes safe, and
    /// arrives meanwhile, does not wait for all that lies there.
    static let most = (answers: 64, bytes: 1 << 30, mailBytes: 1 << 26)
    /// The largest header in which an order is looked for; a bundle with a larger one waits for those that were found.
    private static let mostHeaderBytes = 1 << 20

    /// Names of bundles in the inbox. Rollbacks first, then promotions, each by the numbers of their orders, then all
    /// that is no order for this host which could count: who floods the inbox without a key delays nothing, who orders
    /// promotions delays no rollback.
    ///
    /// An order stands in front for its signature alone; whether its bundle comes in force is asked when it is taken.
    func queue(_ authority: AuthorityEnvelope) throws -> [(name: String, order: DeploymentOrder?)] {
        let names = try entries(".hftbundle")
        let spent = try host.view.history().spentCounter, now = try host.view.seen()
        let orders = names.map { name in
            ordered(name, authority.authority, at: now).flatMap { $0.counter > spent ? $0 : nil }
        }
        func place(_ index: Int) -> (kind: Int, counter: Int, index: Int) {
            guard let order = orders[index] else { return (2, 0, index) }
            return (order.action == .rollback ? 0 : 1, order.counter, index)
        }
        return names.indices.map(place).sorted { $0 < $1 }.map { (names[$0.index], orders[$0.index]) }
    }

    /// Whether a bundle has to wait for other mail that one look could not work off: a withdrawal may be about it, or
    /// its order may rest on a document. A rollback does not, unless its own document is not here yet.
    private func waits(_ order: DeploymentOrder?, _ authority: AuthorityEnvelope, _ look: Look) -> Bool {
        guard look.mailWaiting > 0 else { return false }
        guard let order, order.action == .rollback else { return true }
        return order.authority.counter > authority.authority.counter
    }

    /// The order in a bundle's header, where a promoter's key has signed it for this host.
    private func ordered(_ name: String, _ document: EnvironmentAuthority, at now: Nanoseconds) -> DeploymentOrder? {
        let path = Paths.join(directory.inbox, name)
        guard let bytes = HostFile.safetensorsHeader(path, most: Self.mostHeaderBytes),
            let header = try? JSONParser.parse(bytes, file: path),
            let text = header[key: "__metadata__"]?[key: "deployment"]?.stringValue,
            let envelope = try? Envelope(text),
            document.objection(to: envelope, role: EnvironmentAuthority.Role.promoter, at: now) == nil,
            let order = try? DeploymentOrder(envelope), order.environment == directory.name,
            order.host == nil || order.host == host.key.publicKey.id
        else { return nil }
        return order
    }

    /// Whether a promoter's key has ordered a bundle, wherever.
    func isOrdered(_ bundle: ModelBundle, _ authority: AuthorityEnvelope, at now: Nanoseconds) -> Bool {
        guard let terms = bundle.terms else { return false }
        let role = EnvironmentAuthority.Role.promoter
        return authority.authority.objection(to: terms.deployment, role: role, at: now) == nil
    }

    /// Takes bundles until there is none, or enough was answered for one look.
    func takeBundles(_ authority: AuthorityEnvelope, for loop: TradingLoop.Intake?, _ look: inout Look) throws {
        var answers = 0, bytes = 0
        let queue = try queue(authority)
        look.waiting = look.mailWaiting
        for (index, (name, order)) in queue.enumerated() {
            // What lies behind it waits too: it would come in force by a lower or a higher number than it should.
            guard answers < Self.most.answers, bytes < Self.most.bytes, !waits(order, authority, look) else {
                look.waiting += queue.count - index
                return
            }
            let path = Paths.join(directory.inbox, name), size = Paths.size(path) ?? 0
            let (receipts, bundle) = try take(name, authority, for: loop, recalled: look.recalled)
            look.receipts += receipts
            if let bundle { look.installed = bundle }
            // What was told of before and is passed over costs the others nothing.
            guard !receipts.isEmpty || !Paths.exists(path) else { continue }
            (answers, bytes) = (answers + 1, bytes.saturatingPlus(size))
        }
    }

    /// Looks until all is answered that lay in the inbox when it began.
    package func lookThrough() throws -> Look {
        var all = try look()
        var rounds = all.waiting
        while all.waiting > 0, rounds > 0 {
            let next = try look()
            all.receipts += next.receipts
            all.late += next.late
            all.installed = next.installed ?? all.installed
            (all.inForce, all.objection) = (next.inForce, next.objection)
            all.problems += next.problems.filter { !all.problems.contains($0) }
            (all.waiting, rounds) = (next.waiting, rounds - Self.most.answers)
        }
        return all
    }
}
