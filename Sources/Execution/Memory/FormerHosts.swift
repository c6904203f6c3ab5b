import Basics
import Deployment
import ModelBundles

/// Keys that an environment's documents name or named for a host.
struct NamedHosts {
    /// Oldest first.
    private let documents: [EnvironmentAuthority]
    /// Each as the last document that has it.
    let all: [PublicKey]

    /// - Parameter documents: oldest first, each followed from the one before it.
    init(_ documents: [EnvironmentAuthority]) {
        self.documents = documents
        var known: [String: PublicKey] = [:]
        for key in documents.flatMap(\.keys) where NamedHosts.isHost(key) || known[key.id] != nil {
            known[key.id] = key
        }
        all = known.values.sorted { $0.id < $1.id }
    }

    private static func isHost(_ key: PublicKey) -> Bool { key.roles.contains(EnvironmentAuthority.Role.host) }

    private static func names(_ document: EnvironmentAuthority, _ id: String) -> Bool {
        document.keys.contains { $0.id == id && isHost($0) }
    }

    /// Those that the newest document names no more.
    func former(beside own: PublicKey) -> [PublicKey] {
        guard let newest = documents.last else { return [] }
        return all.filter { $0.id != own.id && !NamedHosts.names(newest, $0.id) }
    }

    /// Whether a key spoke for a host then: the document of that time names it, or none before has.
    func spoke(_ id: String, at time: Nanoseconds) -> Bool {
        guard let index = documents.lastIndex(where: { $0.createdAt <= time }) else { return true }
        return NamedHosts.names(documents[index], id)
            || !documents[..<index].contains { NamedHosts.names($0, id) }
    }
}

/// How far a host believes what former keys say of orders: one of them may have been another host's, whose receipts say
/// nothing here.
struct FormerReach {
    private let directory: DeploymentDirectory
    /// The highest number that is believed without the bundle of it.
    private let highest: Int
    /// Digests of bundles that were in force here.
    private var bundles: Set<String>
    /// Digests of their manifests.
    private var manifests: Set<String>
    /// Whether nothing is left by which this host could know its own.
    private let isEmpty: Bool

    /// - Parameters:
    ///   - history: as far as it is known.
    ///   - kept: bundles in `installed/history` that were verified, with their manifests.
    init(_ view: HostView, _ history: RevisionHistory, kept: [(bundle: String, manifest: String)] = []) {
        directory = view.directory
        let names = (try? Paths.entries(directory.history, isLenient: true)) ?? []
        let numbers = names.compactMap { $0.hasSuffix(".hftbundle") ? Int($0.dropLast(".hftbundle".count)) : nil }
        let last = max(history.spentCounter, numbers.max() ?? 0)
        highest = last.saturatingPlus(DeploymentOrder.longestStep)
        bundles = Set(history.revisions.map(\.bundle) + kept.map(\.bundle))
        manifests = Set(history.revisions.map(\.manifest) + kept.map(\.manifest))
        isEmpty = history.revisions.isEmpty && numbers.isEmpty && !Paths.exists(directory.current)
    }

    /// Whether what a former key says of an order may be of this host. A refusal spends its number, so it goes no
    /// further than an order may; a revision is one of which this host keeps or kept the bundle. Where it has nothing
    /// at all any more, nobody can tell: a person has to look.
    func includes(_ receipt: Receipt, of number: Int) -> Bool {
        switch receipt.outcome {
        case .installed, .rolledBack:
            if FormerReach.isAt(directory.revision(number), receipt.bundle) { return true }
            guard number <= highest else { return false }
            return isEmpty || bundles.contains(receipt.bundle)
                || receipt.manifest.map(manifests.contains) ?? false
                || receipt.replaced.map(bundles.contains) ?? false
                || FormerReach.isAt(directory.current, receipt.bundle)
        case .refused, .withdrawn: return number <= highest
        case .halted, .resumed: return true
        }
    }

    private static func isAt(_ path: String, _ bundle: String) -> Bool {
        guard let file = try? HostFile.read(path, most: ModelBundle.mostBytes) else { return false }
        return Digest.sha256(file.bytes) == bundle
    }

    /// A revision that is believed: what followed it may be as well.
    mutating func add(_ receipt: Receipt) {
        bundles.insert(receipt.bundle)
        if let manifest = receipt.manifest { manifests.insert(manifest) }
    }
}
