import Basics
import Features
package import Registry

extension EvaluationRecord {
    /// Why what was measured is no evidence, in words; nil where it may be.
    ///
    /// - Parameter name: of the model that was measured.
    package func objection(to name: String) -> String? {
        role == .validation ? nil : TraceSpan.objection(to: name, seen: seen, of: samples)
    }
}

/// A run in; the span that its model and all its ancestors learned from, out.
enum TraceSpan {
    /// What the registry keeps of a run, or a model directory says of itself.
    ///
    /// - Parameter known: what the model's own summary says. Where the registry knows nothing of the run, what it says
    ///   was seen counts as seen; that it was all, nobody can verify.
    /// - Returns: a span with an unknown ancestor where the registry does not say.
    static func of(run: String, known: LearnedSpan? = nil, session: Session) throws -> LearnedSpan {
        if let start = try session.registry().start(of: run), let span = LearnedSpan(start.span) { return span }
        return known.map { $0.union(told(run)) } ?? unknown(run)
    }

    /// A run of before spans were kept may have begun with any weights.
    static func unknown(_ run: String) -> LearnedSpan {
        LearnedSpan(unknown: ["run \(run.prefix(8)), which was recorded before spans were kept"])
    }

    /// A summary is a file that anybody may have written.
    private static func told(_ run: String) -> LearnedSpan {
        LearnedSpan(unknown: ["run \(run.prefix(8)), of which this registry knows only what a summary says"])
    }

    /// Why measures of a model on some samples are no evidence, in words; nil where they may be. All who judge ask
    /// here: an ancestor of which nobody knows what it saw makes measures no evidence as one that saw the samples does.
    ///
    /// - Parameters:
    ///   - name: of the model.
    ///   - seen: samples that it or an ancestor learned from; nil where that is not known.
    ///   - of: all samples, where their number is on record.
    ///   - unknown: ancestors of which nobody knows what they saw.
    static func objection(to name: String, seen: Int?, of samples: Int?, unknown: [String] = []) -> String? {
        if let seen, seen > 0 {
            let all = samples.map { " of \($0)" } ?? ""
            return "\(name) or an ancestor of it learned from \(seen)\(all) of the samples that it is judged on"
        }
        guard seen == nil || !unknown.isEmpty else { return nil }
        return unknown.isEmpty
            ? "nobody knows what \(name) and its ancestors learned from"
            : "\(name) has an ancestor of which nobody knows what it saw: \(unknown.joined(separator: ", "))"
    }

    /// The run that made some weights, if one did, and what those weights have seen.
    ///
    /// - Parameter path: where the weights lie. What a summary beside them says was seen counts as seen where it names
    ///   their digest; that it was all, nobody can verify.
    static func of(weights digest: String, at path: String, session: Session) throws -> (
        run: String?, span: LearnedSpan
    ) {
        let registry = try session.registry()
        if let run = try registry.run(ofModel: digest) { return (run, try of(run: run, session: session)) }
        let summary = Paths.join(Paths.parent(path), "run.json")
        if Paths.exists(summary), let node = try? JSONParser.parse(try FileChunks.bytes(summary), file: summary),
            node[key: "weights"]?.stringValue == digest, let span = node[key: "span"].flatMap(LearnedSpan.init)
        {
            let run = node[key: "run"]?.stringValue
            return (run, span.union(told(run ?? "that made the weights \(digest.prefix(12))")))
        }
        return (
            nil,
            LearnedSpan(unknown: [
                "the weights \(digest.prefix(12)) of '\(session.shown(path))', made by no run on record"
            ])
        )
    }
}
