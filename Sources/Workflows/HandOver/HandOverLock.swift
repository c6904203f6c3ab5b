import Basics

/// Held while a promotion is handed over: from its entry in the record until its bundle lies in the inbox. Between the
/// two lies whatever can take long, a place for anchors or an authority for timestamps; who holds it is at work, and
/// nobody else ends the promotion meanwhile.
///
/// It lies beside the registry: clones that share one share it, whatever they call the directory of the environment.
enum HandOverLock {
    static func take(_ environment: String, session: Session) throws -> FileLock {
        let path = path(environment, session: session)
        // Whoever may read a lock's file can hold it for ever, and this one holds up every promotion there.
        return try FileLock(path, isPrivate: true) {
            let holder = (try? FileChunks.text(path)).map { $0.filter { $0.isASCII && $0.isNumber } } ?? ""
            session.caller.conversation.say(
                "waiting for another command that hands a bundle over to '\(environment)'"
                    + (holder.isEmpty ? "" : " (process \(holder))") + ": it holds \(path)")
        }
    }

    /// Whether a process is handing a bundle over to an environment. One that was stopped for good holds nothing.
    static func isHeld(_ environment: String, session: Session) throws -> Bool {
        struct Held: Error {}
        do {
            let lock = try FileLock(path(environment, session: session), isPrivate: true) { throw Held() }
            withExtendedLifetime(lock) {}
            return false
        } catch is Held { return true }
    }

    private static func path(_ environment: String, session: Session) -> String {
        Paths.join(
            Paths.parent(session.registryPath), "checkpoints/handover-\(Digest.sha256(environment).prefix(12)).lock")
    }
}
