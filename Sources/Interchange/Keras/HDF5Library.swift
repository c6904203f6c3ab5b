import CHDF5

/// libhdf5, which is loaded when a weight file of Keras needs it.
package enum HDF5Library {
    /// Loads the library if need be, and says whether it is there. `hftml doctor` lists it.
    package static var isAvailable: Bool { hftml_hdf5_load() == 0 }
    /// The command that installs it.
    package static let installation = "apt-get install libhdf5-103-1"
}
