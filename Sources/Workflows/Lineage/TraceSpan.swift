import Basics
import Features
import Registry

/// A run in; the span that its model and all its ancestors learned from, out.
enum TraceSpan {
    /// What the registry keeps of a run, or a model directory says of itself.
    ///
    /// - Parameter known: what the model's own summary says; believed where the registry knows nothing of the run.
    /// - Returns: a span with an unknown ancestor where nobody says.
    static func of(run: String, known: LearnedSpan? = nil, session: Session) throws -> LearnedSpan {
        if let start = try session.registry().start(of: run), let span = LearnedSpan(start.span) { return span }
        return known ?? unknown(run)
    }

    /// A run of before spans were kept may have begun with any weights.
    static func unknown(_ run: String) -> LearnedSpan {
        LearnedSpan(unknown: ["run \(run.prefix(8)), which was recorded before spans were kept"])
    }

    /// The run that made some weights, if one did, and what those weights have seen.
    ///
    /// - Parameter path: where the weights lie; a summary beside them is believed where it names their digest.
    static func of(weights digest: String, at path: String, session: Session) throws -> (
        run: String?, span: LearnedSpan
    ) {
        let registry = try session.registry()
        if let run = try registry.run(ofModel: digest) { return (run, try of(run: run, session: session)) }
        let summary = Paths.join(Paths.parent(path), "run.json")
        if Paths.exists(summary), let node = try? JSONParser.parse(try FileChunks.bytes(summary), file: summary),
            node[key: "weights"]?.stringValue == digest, let span = node[key: "span"].flatMap(LearnedSpan.init)
        {
            return (node[key: "run"]?.stringValue, span)
        }
        return (
            nil,
            LearnedSpan(unknown: [
                "the weights \(digest.prefix(12)) of '\(session.shown(path))', made by no run on record"
            ])
        )
    }
}
