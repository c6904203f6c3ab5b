import Basics
import Foundation
import Registry
import Testing
import Workflows

/// A training goes on as it began: with its configuration, data and starting weights, and never twice at once.
@Suite struct ResumeRunTests {
    private let project: TestProject
    private var session: Session { project.session }

    init() throws { project = try TestProject() }

    private func request(_ name: String, _ overrides: [(String, JSONValue)] = []) -> TrainModel.Request {
        var request = TrainModel.Request(
            config: project.recipe, features: project.features, output: project.file("out/\(name)"))
        request.overrides = [("training.epochs", .int(6))] + overrides
        (request.threads, request.name) = (1, name)
        return request
    }

    /// Stops after some steps; without a checkpoint it looks as if it had been killed before its first.
    private func stop(_ request: TrainModel.Request, after most: Int = 3, keepsCheckpoint: Bool = true) throws -> String
    {
        var steps = 0
        let run = try TrainModel.run(
            request, session: session,
            shouldStop: {
                steps += 1
                return steps > most
            }
        ).run
        if !keepsCheckpoint { try Paths.remove(session.checkpointPath(run: run)) }
        return run
    }

    @Test("resume needs the run alone, and gives the weights of an uninterrupted training", arguments: [true, false])
    func resumes(keepsCheckpoint: Bool) throws {
        let whole = try TrainModel.run(request("whole"), session: session)
        let id = try stop(request("cut"), keepsCheckpoint: keepsCheckpoint)
        let registry = try session.registry()
        #expect(try registry.run(id).status == .interrupted)
        var ask = ResumeRun.Request(String(id.prefix(8)))
        ask.threads = 1
        let resumed = try TrainModel.run(try ResumeRun.run(ask, session: session), session: session)
        #expect(resumed.run == id && resumed.isFinished)
        #expect(try registry.run(id).status == .finished && registry.run(id).name == "cut")
        // The model file carries its scaler and spec, not its run: the bytes are the same.
        #expect(resumed.weights == whole.weights)
        #expect(Paths.exists(project.file("out/cut/run.json")))
        #expect(project.code { _ = try ResumeRun.run(ask, session: session) } == "train.finished")
    }

    @Test("a stage that was interrupted goes on with its run; a command by hand, and another output, begin anew")
    func stage() throws {
        let stage = try Session(
            Caller(actor: "ann@desk", environment: ["DVC_STAGE": "train"], directory: project.root))
        func train(_ name: String, in session: Session, after most: Int? = nil) throws -> String? {
            var one = request(name), steps = 0, run: String?
            one.name = "of a stage"
            func stops() -> Bool {
                steps += 1
                return most.map { steps > $0 } ?? false
            }
            do {
                _ = try TrainConfiguration.run(one, session: session, shouldStop: stops) { event in
                    if case .modelBegan(let id, _, _, _) = event { run = id }
                }
            } catch is CancellationError {}
            return run
        }
        let cut = try #require(try train("out", in: stage, after: 3))
        #expect(try session.registry().run(cut).status == .interrupted)
        #expect(try train("elsewhere", in: stage) != cut)
        #expect(try train("out", in: session, after: 3) != cut)
        try session.registry().finish(run: try #require(try newest(name: "of a stage")), status: .failed)
        #expect(try train("out", in: stage) == cut)
        #expect(try session.registry().run(cut).status == .finished)
        // Finished is finished: what was deleted is trained anew.
        #expect(try train("out", in: stage) != cut)
    }

    @Test("a training says whose model it will replace")
    func replaces() throws {
        func warnings(_ name: String) throws -> [String] {
            var told: [String] = []
            _ = try TrainModel.run(request(name), session: session, warned: { told.append($0) })
            return told.filter { $0.contains("will replace") }
        }
        #expect(try warnings("first").isEmpty)
        let id = try #require(try newest(name: "first"))
        #expect(try warnings("first").first?.contains(id.prefix(8)) == true)
    }

    private func newest(name: String) throws -> String? {
        try session.registry().runs(limit: 10).first { $0.name == name }?.id
    }

    @Test("a killed run counts as interrupted once somebody looks; one that is trained, and another machine's, do not")
    func killed() throws {
        let registry = try session.registry()
        func status(_ run: String) throws -> RunRecord.Status {
            try #require(try ReadRuns.list(ReadRuns.Query(), session: session).first { $0.run.id == run }).run.status
        }
        var seen: RunRecord.Status?, steps = 0
        let id = try TrainModel.run(
            request("cut"), session: session,
            shouldStop: {
                steps += 1
                if steps == 3 { seen = try? status(registry.run("cut").id) }
                return steps > 3
            }
        ).run
        #expect(seen == .running)
        // As a kill leaves it: on record as under way, its lock released by the kernel.
        try registry.resume(run: id)
        #expect(try registry.run(id).status == .running)
        #expect(try status(id) == .interrupted && ReadRuns.show(id, session: session).entry.run.status == .interrupted)
        try registry.resume(run: id)
        try Paths.remove(session.checkpointPath(run: id) + ".lock")
        #expect(try status(id) == .running)
    }

    @Test(
        "a changed configuration is refused with the keys that differ",
        arguments: [
            ("layers", "layers.2.layer was nothing, now tanh"), ("split.test", "split.test was 0.2, now 0.3"),
            ("window", "window was 3, now 4"), ("trainingStride", "trainingStride was nothing, now 2"),
            ("unscaled.0", "unscaled"),
        ])
    func otherConfiguration(key: String, words: String) throws {
        let id = try stop(request("cut"))
        let value: JSONValue =
            switch key {
            case "split.test": .double(0.3)
            case "window": .int(4)
            case "unscaled.0": .strings(["body"])
            default: .int(2)
            }
        var changed = request("cut")
        if key == "layers" {
            var layers = ["flatten", "dense", "tanh"].map { JSONValue.map([("layer", .string($0))]) }
            layers[1][key: "units"] = .int(1)
            changed.overrides.append(("layers", .list(layers)))
        } else {
            changed.overrides.append((key == "unscaled.0" ? "unscaled" : key, value))
        }
        changed.resume = id
        do {
            _ = try TrainModel.run(changed, session: session)
            Issue.record("resumed with another \(key)")
        } catch let error as any UserFacingError {
            #expect(error.code == "train.other-config" && error.message.contains(words), "\(error.message)")
        }
        #expect(try session.registry().run(id).status == .interrupted)
    }

    @Test("a run that is still training is not resumed, by two at once neither")
    func running() throws {
        let whole = request("long")
        var inner: String?, isFirst = true
        _ = try TrainModel.run(
            whole, session: session,
            started: { id, _ in
                var again = whole
                again.resume = id
                inner = project.code { _ = try TrainModel.run(again, session: project.session) }
            },
            shouldStop: {
                defer { isFirst = false }
                return !isFirst
            })
        #expect(inner == "train.running")
    }

    @Test("starting weights are kept: what was killed before its first checkpoint begins from them again")
    func initial() throws {
        var begun = request("child")
        begun.initialWeights = project.model(2) + "/model.safetensors"
        begun.output = project.file("out/whole")
        let whole = try TrainModel.run(begun, session: session)
        begun.output = project.file("out/child")
        let id = try stop(begun, keepsCheckpoint: false)
        var other = begun
        (other.resume, other.initialWeights) = (id, project.model(1))
        #expect(project.code { _ = try TrainModel.run(other, session: session) } == "train.other-initial")
        other.initialWeights = nil
        let resumed = try TrainModel.run(other, session: session)
        #expect(resumed.run == id && resumed.weights == whole.weights)
        #expect(try resumed.weights != TrainModel.run(request("seed"), session: session).weights)
        // And so does whoever reproduces it.
        _ = try RegisterModel.run(id, name: "m", output: nil, session: session)
        let again = try ReproduceVersion.run("m/3", features: project.features, session: session)
        #expect(again.isEqual, "\(again.differences)")
    }

    @Test("where nobody can say what a run began with, reproducing says so")
    func reasons() throws {
        let registry = try session.registry(), made = try TrainModel.run(request("plain"), session: session)
        _ = try registry.register(model: "m", run: made.run, weights: registry.version("m/1").weights)
        let outcome = try ReproduceVersion.run("m/3", features: project.features, session: session)
        #expect(!outcome.isEqual && !outcome.differences.isEmpty)
        #expect(outcome.differences.allSatisfy { !$0.hasPrefix("configuration on record") })
    }
}
