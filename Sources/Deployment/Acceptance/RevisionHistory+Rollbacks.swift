import Basics

/// Where a rollback leads to.
extension RevisionHistory {
    /// The way that led here, without what was rolled back: each manifest once, the one in force last; nil for a hole.
    ///
    /// A promotion goes one step on, and promoting again what is in force is no step. A rollback takes back every step
    /// after the manifest that it names. So a second rollback goes further back, and never forward to what was bad.
    ///
    /// Over a hole a rollback takes back nobody knows what: what lies before its target may be gone as well, so the
    /// hole lies before the target from then on.
    private var way: [Revision?] {
        var way: [Revision?] = [], holes = unknown[...]
        for revision in revisions {
            let count = holes.count
            holes = holes.drop { $0.upperBound < revision.counter }
            if holes.count < count { way.append(nil) }
            if let index = way.lastIndex(where: { $0?.manifest == revision.manifest }),
                revision.action == .rollback || index == way.count - 1
            {
                let isOverHole = way[(index + 1)...].contains { $0 == nil }
                way.removeSubrange((index + 1)...)
                if isOverHole { way.insert(nil, at: index) }
            } else {
                way.append(revision)
            }
        }
        return way
    }

    /// The same without holes.
    package var path: [Revision] { way.compactMap(\.self) }

    /// The revision that a rollback goes to.
    ///
    /// - Parameter counter: of a revision that is wanted; nil for the last different manifest.
    /// - Throws: ``Failure`` with code `rollback.none`, `rollback.unknown`, or `rollback.hole` where the last different
    ///   one may lie in a hole.
    package func rollbackTarget(to counter: Int? = nil) throws -> Revision {
        guard let current else { throw RevisionHistory.nothing("nothing was ever in force") }
        guard let counter else {
            // The canary of what is in force is no other version.
            let target = way.dropLast().last { $0.map { isOther($0, than: current) } ?? true }
            guard let step = target else {
                throw RevisionHistory.nothing(
                    "found no other version before revision \(current.counter) that was not rolled back or rejected")
            }
            guard let target = step else { throw hole(before: current) }
            return target
        }
        guard let target = self[counter] else {
            let known = revisions.suffix(10).map { String($0.counter) }.joined(separator: ", ")
            throw Failure(
                "rollback.unknown", "found no revision \(counter) in this environment, only \(known)",
                hint: "name one of them with --to")
        }
        guard target.manifest != current.manifest else {
            throw Failure(
                "rollback.unknown", "found revision \(counter) to be what is in force already",
                hint: "name another with --to, or leave --to out")
        }
        // Forward to what was taken back is a promotion, which asks more.
        guard leadsBack(to: target.manifest) else {
            throw Failure(
                "rollback.unknown", "found revision \(counter) to be one that a rollback has left",
                hint: "promote it again, or name a revision before it with --to")
        }
        return target
    }

    private func isOther(_ revision: Revision, than current: Revision) -> Bool {
        revision.weights != current.weights || revision.strategy != current.strategy
    }

    /// Nobody can tell whether what lies behind a hole is what was bad: a person has to say where to.
    private func hole(before current: Revision) -> Failure {
        let numbers = unknown.suffix(3).map {
            $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound) to \($0.upperBound)"
        }
        let known = path.dropLast().filter { isOther($0, than: current) }.suffix(10).map { String($0.counter) }
        let promote = "promote what is to run: hftml promote NAME/VERSION --to NAME"
        return Failure(
            "rollback.hole",
            "cannot roll back by itself: nobody can tell any more what came in force by orders "
                + "\(numbers.joined(separator: ", ")), so the version before revision \(current.counter) is not known",
            hint: known.isEmpty
                ? promote
                : "if you know which one was good, name it with --to (\(known.joined(separator: ", "))); else "
                    + promote)
    }

    private static func nothing(_ problem: String) -> Failure {
        Failure(
            "rollback.none", "cannot roll back: \(problem)",
            hint:
                "stop trading instead, in the host's directory, such as Registry/environments/NAME: hftml-runtime halt "
                + "DIRECTORY --by PERSON --reason TEXT")
    }

    /// Whether a rollback goes back along the way that led to what is in force, and not to what was rolled back. A hole
    /// does not keep from it whoever knows more, and names a manifest.
    package func leadsBack(to manifest: String) -> Bool { path.dropLast().contains { $0.manifest == manifest } }

    /// For people: why a rollback that names no revision would be refused now; nil where no hole is in its way.
    package var holeProblem: String? {
        do {
            _ = try rollbackTarget()
            return nil
        } catch let error as Failure where error.code == "rollback.hole" {
            return error.message + (error.hint.map { "; \($0)" } ?? "")
        } catch { return nil }
    }
}
