import Basics
import Deployment
import Registry

/// Orders that no host has answered, wherever they were handed over.
enum WaitingOrders {
    /// A rollback that waits.
    struct Rollback {
        let environment: String
        let problem: Failure
        /// Of the environment, or, where its directory is not here, of the one whose document the order names.
        let documents: EnvironmentFiles?
    }

    /// - Parameter environment: as the record calls it; nil for all.
    static func rollbacks(of environment: String?, session: Session) throws -> [Rollback] {
        try RecordedHosts(session).names.filter { environment == nil || $0 == environment }.compactMap { name in
            let files = try? EnvironmentFiles.made(name, session: session)
            // Where receipts cannot be read here, the record tells.
            let receipts = files.flatMap { try? EnvironmentReceipts($0, session: session) }
            guard let order = try WaitingRollback(name, receipts, session: session) else { return nil }
            return Rollback(
                environment: name, problem: order.problem(name, files?.host, session: session),
                documents: try files ?? WithdrawPromotion.documents(of: order.bundle, session: session))
        }
    }

    /// Promotions under way, each as a failure says it: what waits where, and what to do.
    static func promotions(to environment: String?, session: Session) throws -> [Failure] {
        let registry = try session.registry()
        return try registry.promotionsUnderWay().filter { environment == nil || $0.environment == environment }.map {
            let place = try registry.place(of: $0), name = Inbox.word($0.environment)
            let host = try? EnvironmentFiles.made($0.environment, session: session)?.host
            let directory = place?.directory ?? host?.directory ?? "DIRECTORY"
            let machine = place.flatMap { $0.isMachine ? nil : ", on \($0.machine)" } ?? ""
            return Failure(
                "promote.under-way",
                "\($0.reference) is under way to '\($0.environment)' since \(TimeText.seconds($0.begunAt))"
                    + (place.map { ", handed over in \($0.words)" } ?? "") + ": no host has answered yet",
                hint: "let the host look: hftml-runtime accept \(Inbox.word(directory))\(machine); or take it back: "
                    + "hftml deployments withdraw \(name)"
                    + (try lostWay($0, session: session)))
        }
    }

    /// How the waiting for a host ends that nobody reaches any more; empty where it lies here.
    static func lostWay(_ promotion: PromotionRecord, session: Session) throws -> String {
        let host = try? EnvironmentFiles.made(promotion.environment, session: session)?.host
        let place = try session.registry().place(of: promotion)
        let isHere = place?.isHere(session.environmentPath(promotion.environment), host) ?? (host != nil)
        guard !isHere || host.map({ HostStanding.isGone($0.hostKey) }) ?? true else { return "" }
        return "; where that host is lost for good, with --host-is-lost --reason TEXT"
    }
}
