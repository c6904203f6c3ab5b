import Basics
import Features
import Registry
import Tensors
import TestSupport
import Testing
import Workflows

/// Two tables joined, what is known of their origin, and a model on them.
@Suite struct JoinFeatureTablesTests {
    private let project: TestProject

    init() throws { project = try TestProject(.features) }

    private func request(_ age: String = "1m", instrument: String? = nil) -> JoinFeatureTables.Request {
        JoinFeatureTables.Request(
            left: project.features, right: project.features, name: "same", instrument: instrument, maxAge: age,
            output: project.file("out/joined.safetensors"))
    }

    @Test("a table joined with itself has each row beside itself; its lineage leads to the raw data; it can be learned")
    func itself() throws {
        let own = try FeatureTable.read(project.features)
        let made = try JoinFeatureTables.run(request(), session: project.session)
        #expect(made.rows == own.rowCount && made.counts.allSatisfy { $0.tooEarly == 0 && $0.tooOld == 0 })
        #expect(made.features.count == 2 * own.width && made.features.contains("same.\(own.featureNames[0])"))
        let table = try FeatureTable.read(project.file("out/joined.safetensors")), width = own.width
        for row in stride(from: 0, to: table.rowCount, by: 97) {
            let left = (0..<width).map { table.values[row * 2 * width + $0] }
            let right = (0..<width).map { table.values[row * 2 * width + width + $0] }
            #expect(left == right && left == (0..<width).map { own.values[row * width + $0] })
        }
        let digest = "sha256:\(try Digest.sha256(file: project.file("out/joined.safetensors")))"
        let nodes = try project.session.registry().lineage(of: digest).nodes
        #expect(nodes.contains { $0.kind == .rawData } && nodes.count { $0.kind == .features } == 2)
        var training = TrainModel.Request(
            config: project.recipe, features: project.file("out/joined.safetensors"), output: project.file("out/both"))
        training.threads = 1
        _ = try TrainModel.run(training, session: project.session)
        #expect(Paths.exists(project.file("out/both/model.safetensors")))
    }

    @Test("ages that are none, unknown instruments and several where one is meant are refused")
    func refused() throws {
        for age in ["", "2", "ms", "-1s", "2 s", "1e9s"] {
            #expect(
                project.code { _ = try JoinFeatureTables.run(request(age), session: project.session) }
                    == "features.join", "\(age)")
        }
        for instrument in ["nothing", "any"] {
            #expect(
                project.code {
                    _ = try JoinFeatureTables.run(request(instrument: instrument), session: project.session)
                } == "features.join")
        }
    }
}
