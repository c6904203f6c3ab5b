import Basics
import Foundation

/// The process that trains trials for a searcher: takes one request after another, and says what comes of them.
package enum SearchWorker {
    /// Serves a parent over standard input and output, until the input ends.
    package static func serveStandardStreams() throws {
        // The end of the parent must not leave a worker at work: the input ends with it, and a report then finds no
        // answer.
        let parent = getppid()
        var bars = TrialBars.Cache()
        while let line = readLine() {
            let request = try TrialRequest(try JSONParser.parse(line))
            let result = EvaluateTrial.run(
                request, bars: &bars,
                report: { step, value in
                    say(.report(number: request.number, step: step, value: value))
                    guard request.isPruned else { return false }
                    guard let answer = readLine(), let node = try? JSONParser.parse(answer) else { return true }
                    return node[key: "prune"]?.boolValue ?? false
                }, shouldStop: { getppid() != parent })
            if result.outcome == .interrupted { return }
            say(.result(number: request.number, result))
        }
    }

    private static func say(_ event: TrialEvent) { LineChannel.send(event.line, to: 1) }

    /// Serves a searcher over files in a directory; see ``SlurmTrialSlot``.
    package static func serve(directory: String) throws {
        try Paths.makeDirectory(directory)
        let stop = Paths.join(directory, "stop"), log = Paths.join(directory, "events.jsonl")
        func append(_ event: TrialEvent) throws {
            let descriptor = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o644)
            guard descriptor >= 0 else { throw FileError("append to", log) }
            defer { close(descriptor) }
            guard LineChannel.send(event.line, to: descriptor), fsync(descriptor) == 0 else {
                throw FileError("append to", log)
            }
        }
        var sign = SearcherSign(beside: directory), bars = TrialBars.Cache()
        while !Paths.exists(stop), !sign.isGone() {
            let names = try Paths.entries(directory).filter { $0.hasPrefix("request-") && $0.hasSuffix(".json") }
            guard let name = names.min() else {
                usleep(100_000)
                continue
            }
            let path = Paths.join(directory, name)
            let request = try TrialRequest(try JSONParser.parse(try FileChunks.bytes(path), file: path))
            // Taken: a worker that is started again in this place must not begin it anew.
            try Paths.remove(path)
            let prune = Paths.join(directory, "prune-\(request.number)")
            var problem: (any Error)?
            let result = EvaluateTrial.run(
                request, bars: &bars,
                report: { step, value in
                    do { try append(.report(number: request.number, step: step, value: value)) } catch {
                        problem = error
                    }
                    return Paths.exists(prune)
                }, shouldStop: { problem != nil || Paths.exists(stop) || sign.isGone() })
            if let problem { throw problem }
            if result.outcome == .interrupted { return }
            try append(.result(number: request.number, result))
        }
    }
}
