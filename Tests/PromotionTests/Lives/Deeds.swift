/// What happens in the life of an environment, in whole seconds and small numbers. It is all that the reference model
/// (``Law``) and the program (``LifeWorld``) share: no digest, no signature, no rule.
enum Deeds {
    static let day = 86_400

    /// Rules of a policy, as its waivers call them.
    enum Rule: String, CaseIterable, Sendable { case ic, hits, approvals, freeze }

    struct Policy: Hashable {
        /// Nil for a policy without the rule.
        var approvals: Int?
        var needsRisk = true
        var isWaivable = true
        var validDays = 5
        var canaryHours: Int?
        var freeze: Range<Int>?
    }

    /// Numbers of keys: 0 and 1 are the gate's, 2 and 3 promoters'; the host's is 4. No document names 5.
    static let gates = 0...1, promoters = 2...3, host = 4, stranger = 5

    /// A key of the environment, as a document has it.
    struct Key: Hashable {
        var isRevoked = false
        var end: Int?
        /// Taken out of the document.
        var isGone = false
    }

    struct DocumentID: Hashable { var counter = 1, edition = 0 }

    struct Document: Hashable {
        var counter = 1
        var end = 20 * day
        var freeze: Range<Int>?
        var canaryHours: Int?
        /// Percent of the instruments.
        var canaryShare = 50
        /// Basis points.
        var floor = 1
        var verdictDays = 5
        var orderDays = 3
        /// Of the policies of the life.
        var policy = 0
        /// By their numbers.
        var keys = [Key(), Key(), Key(), Key()]
        /// Root keys that sign: 0 and 1 are one person's, 2 is another's, 3 is nobody's.
        var signers: Set<Int> = [0, 2]
        /// Tells documents of one counter apart.
        var edition = 0

        /// When it was drawn up: a second later than the one before, the day before all.
        var drawnUp: Int { edition - day }

        var id: DocumentID { DocumentID(counter: counter, edition: edition) }
    }

    struct Verdict: Hashable {
        var id = 0
        /// The version that it is filed under, and whose weights and name it tells.
        var filed = 1, weights = 1, subject = 1
        var strategy = 0
        var isLive = true
        var policy = 0
        var isPassed = true
        var waived: [Rule] = []
        /// A number of a key.
        var signer = 0
        var time = 0
        /// The version that ran.
        var incumbent: Int?
        /// The report beside it is another one.
        var isAltered = false
    }

    /// Numbers of people's keys: 0 and 1 are ann's, 2 bob's, 3 carl's, 4 dave's, who made the models; 5 is trusted by
    /// nobody.
    static let persons = ["ann", "ann", "bob", "carl", "dave", "mallory"]

    struct Statement: Hashable {
        enum Kind { case approval, rejection, waiver }
        var kind = Kind.approval
        /// The version that it is filed under, and what it says it is about.
        var filed = 1, subject = 1, weights = 1
        var policy = 0
        /// A number of a person's key.
        var key = 0
        var time = 0
        /// When the log took it up.
        var recorded = 0
        /// Of a waiver.
        var rule = Rule.ic
        var end = 0
    }

    /// What a bundle puts in force.
    struct Manifest: Hashable {
        var version = 1
        /// 0 costs 2 bps, 1 costs 1 bp, 2 nothing; 3 is as 0 with limits that no document allows.
        var strategy = 0
        /// Percent of the instruments that trade.
        var share = 100
        /// The same promoted again is another manifest.
        var edition = 0

        /// The same weights under the same strategy.
        func isSameModel(as other: Manifest) -> Bool { version == other.version && strategy == other.strategy }
    }

    struct Order {
        /// What of it names another bundle.
        enum Mismatch: CaseIterable { case none, manifest, verdict, limits }
        var manifest = Manifest()
        /// The verdict that the bundle carries.
        var verdict = Verdict()
        var counter = 1
        /// Number and edition of the document that it rests on.
        var document = DocumentID()
        var isLive = true
        var isRollback = false
        var hasReason = true
        /// Percent; what the order says, whatever the manifest does.
        var share = 100
        var time = 0
        var end = 0
        /// Numbers of keys: of the order, and of the manifest.
        var signer = 2, maker = 2
        var mismatch = Mismatch.none
        /// Number of what was in force where it was ordered; nil for nothing.
        var previous: Int?
    }

    /// What a host signed.
    struct Event {
        /// `ran`: the loop took bars.
        enum Kind { case inForce, halted, resumed, ran }
        var kind = Kind.inForce
        /// For a halt, of what was in force.
        var order: Order
        var time: Int
    }
}
