//! Loads the NVIDIA driver and cuBLAS at run time, when a GPU is requested.
//!
//! cudarc only declares the functions of these libraries; linking to them would make a program that does not
//! start on machines without them. So each function that is called is defined here, and looks up the real
//! one in the library, once. rustc checks that its type is the one that cudarc declares.

use super::status::Status;
use cudarc::{
    cublas::sys::{cublasGetProperty, libraryPropertyType},
    driver::sys::cuDriverGetVersion,
};
use libloading::Library;
use std::{
    env,
    error::Error,
    ffi::OsString,
    path::{Path, PathBuf},
    sync::OnceLock,
};

/// A library, or why it cannot be loaded.
type Loaded = Result<Library, String>;

/// Returns the library of the NVIDIA driver.
///
/// # Errors
/// The system's message when it cannot be loaded.
pub fn driver() -> Result<&'static Library, &'static str> {
    static DRIVER: OnceLock<Loaded> = OnceLock::new();
    let names = if cfg!(windows) { &["nvcuda.dll"][..] } else { &["libcuda.so.1", "libcuda.so"] };
    known(&DRIVER, names)
}

/// Returns cuBLAS.
///
/// # Errors
/// The system's message when it cannot be loaded.
pub fn cublas() -> Result<&'static Library, &'static str> {
    static CUBLAS: OnceLock<Loaded> = OnceLock::new();
    known(&CUBLAS, &versions("cublas", "64_"))
}

/// Returns NVRTC, NVIDIA's run-time compiler. Nothing here needs it.
fn nvrtc() -> Result<&'static Library, &'static str> {
    static NVRTC: OnceLock<Loaded> = OnceLock::new();
    known(&NVRTC, &versions("nvrtc", "64_"))
}

/// Returns the CUDA version of the driver, such as 13000 for 13.0; 0 if there is no driver.
pub fn driver_version() -> i32 {
    let mut version = 0;
    // SAFETY: the function writes to a number.
    let _ = unsafe { cuDriverGetVersion(&raw mut version) };
    version
}

/// Returns the version of cuBLAS, such as 13.1.0; `None` if it cannot be loaded.
pub fn cublas_version() -> Option<String> {
    use libraryPropertyType::{MAJOR_VERSION, MINOR_VERSION, PATCH_LEVEL};
    let property = |property| {
        let mut value = 0;
        // SAFETY: the function writes to a number.
        unsafe { cublasGetProperty(property, &raw mut value) }.result().ok()?;
        Some(value.to_string())
    };
    let parts = [MAJOR_VERSION, MINOR_VERSION, PATCH_LEVEL].map(property);
    Some(parts.into_iter().collect::<Option<Vec<_>>>()?.join("."))
}

/// Returns the file names of a library of the CUDA toolkit in order of preference: first the version made for
/// this driver, since a driver also runs the libraries of the major version before its own.
fn versions(name: &str, windows: &str) -> Vec<String> {
    let file = |version: &str| {
        if cfg!(windows) {
            format!("{name}{windows}{version}.dll")
        } else {
            format!("lib{name}.so.{version}")
        }
    };
    let order = match driver_version() / 1000 {
        13.. => ["13", "12", "11"],
        11 => ["11", "12", "13"],
        _ => ["12", "11", "13"],
    };
    order.map(file).to_vec()
}

fn known<N: AsRef<str>>(
    library: &'static OnceLock<Loaded>,
    names: &[N],
) -> Result<&'static Library, &'static str> {
    library.get_or_init(|| open(names)).as_ref().map_err(String::as_str)
}

/// Opens the first of `names` that is on the system's search path or in a CUDA toolkit.
fn open<N: AsRef<str>>(names: &[N]) -> Loaded {
    let mut reason = None;
    let folders: Vec<PathBuf> = std::iter::once(PathBuf::new()).chain(toolkits()).collect();
    for path in
        names.iter().flat_map(|name| folders.iter().map(|folder| folder.join(name.as_ref())))
    {
        // cuBLAS depends on a library in its own folder, which not every system searches.
        if let Some(beside) = beside(&path).filter(|beside| beside.exists()) {
            // SAFETY: as below.
            if let Ok(library) = unsafe { Library::new(beside) } {
                std::mem::forget(library);
            }
        }
        // SAFETY: these are NVIDIA's libraries, whose initializers have no requirements.
        match unsafe { Library::new(&path) } {
            Ok(library) => return Ok(library),
            Err(error) => {
                // The system's message is the source of libloading's error.
                let source = error.source().map_or_else(|| error.to_string(), ToString::to_string);
                reason.get_or_insert(source);
            }
        }
    }
    Err(reason.unwrap_or_default())
}

/// Returns the path of cublasLt, which cuBLAS depends on, in the same folder.
fn beside(path: &Path) -> Option<PathBuf> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty())?;
    let name = path.file_name()?.to_str()?;
    name.contains("cublas").then(|| folder.join(name.replace("cublas", "cublasLt")))
}

/// Returns library folders of CUDA toolkits: those named by the environment variables that dfdx's build
/// uses, and the usual ones.
fn toolkits() -> impl Iterator<Item = PathBuf> {
    let named =
        ["CUDA_PATH", "CUDA_ROOT", "CUDA_TOOLKIT_ROOT_DIR"].into_iter().filter_map(env::var_os);
    let usual = ["/usr/local/cuda", "/opt/cuda", "/usr/lib/cuda"].map(OsString::from);
    named.chain(usual).flat_map(|root| {
        ["lib64", "lib", "targets/x86_64-linux/lib", "bin"]
            .map(|folder| Path::new(&root).join(folder))
    })
}

/// Defines functions of a library, whose status codes are read with a function of [`Status`]. With `unless`, a
/// function succeeds without being called if there is nothing to do.
macro_rules! forward {
    (
        $module:ident, $library:ident, $cudarc:ident, $result:ident::$missing:ident, $read:ident;
        $(fn $name:ident($($argument:ident: $type:ty),* $(,)?)
            $(unless $nothing:expr $(, writing 0 to $out:ident)?)?;)*
    ) => {
        mod $module {
            use super::Status;
            use cudarc::$cudarc::sys::{self, $result};
            use std::{ffi::*, sync::OnceLock};
            $(
                #[unsafe(no_mangle)]
                #[allow(non_snake_case)] // NVIDIA's name
                unsafe extern "C" fn $name($($argument: $type),*) -> $result {
                    // Checks that this function and the one that cudarc calls have the same type.
                    const _: [unsafe extern "C" fn($($type),*) -> $result; 2] = [$name, sys::$name];
                    // Libraries newer than cudarc return codes that are not in its enum.
                    type Function = unsafe extern "C" fn($($type),*) -> c_uint;
                    static FOUND: OnceLock<Option<Function>> = OnceLock::new();
                    $(if $nothing {
                        // SAFETY: the caller passes a pointer to write to.
                        $(unsafe { $out.write(0) };)?
                        return $result::of(0);
                    })?
                    let found = FOUND.get_or_init(|| {
                        let library = super::$library().ok()?;
                        // SAFETY: NVIDIA's function of this name has this type.
                        let symbol = unsafe {
                            library.get::<Function>(concat!(stringify!($name), "\0"))
                        };
                        symbol.ok().map(|symbol| *symbol)
                    });
                    match found {
                        // SAFETY: the caller upholds the function's contract.
                        Some(function) => $result::$read(unsafe { function($($argument),*) }),
                        None => $result::$missing,
                    }
                }
            )*
        }
    };
}

// cudarc allocates no bytes for empty slices, and in place of what it drops. The driver refuses that.
forward! {
    driver_calls, driver, driver, CUresult::CUDA_ERROR_STUB_LIBRARY, of;
    fn cuDriverGetVersion(version: *mut c_int);
    fn cuInit(flags: c_uint);
    fn cuDeviceGet(device: *mut sys::CUdevice, ordinal: c_int);
    fn cuDeviceGetCount(count: *mut c_int);
    fn cuDeviceGetName(name: *mut c_char, len: c_int, dev: sys::CUdevice);
    fn cuDeviceTotalMem_v2(bytes: *mut usize, dev: sys::CUdevice);
    fn cuDeviceGetDefaultMemPool(pool: *mut sys::CUmemoryPool, dev: sys::CUdevice);
    fn cuMemPoolSetAttribute(pool: sys::CUmemoryPool, attr: sys::CUmemPool_attribute, value: *mut c_void);
    fn cuDeviceGetAttribute(pi: *mut c_int, attrib: sys::CUdevice_attribute, dev: sys::CUdevice);
    fn cuDevicePrimaryCtxRetain(pctx: *mut sys::CUcontext, dev: sys::CUdevice);
    fn cuCtxSetCurrent(ctx: sys::CUcontext);
    fn cuGetErrorString(error: CUresult, p_str: *mut *const c_char);
    fn cuGetErrorName(error: CUresult, p_str: *mut *const c_char);
    fn cuModuleLoad(module: *mut sys::CUmodule, fname: *const c_char);
    fn cuModuleLoadData(module: *mut sys::CUmodule, image: *const c_void);
    fn cuModuleGetFunction(hfunc: *mut sys::CUfunction, hmod: sys::CUmodule, name: *const c_char);
    fn cuMemGetInfo_v2(free: *mut usize, total: *mut usize);
    fn cuMemAlloc_v2(dptr: *mut sys::CUdeviceptr, bytesize: usize) unless bytesize == 0, writing 0 to dptr;
    fn cuMemAllocAsync(dptr: *mut sys::CUdeviceptr, bytesize: usize, h_stream: sys::CUstream) unless bytesize == 0, writing 0 to dptr;
    fn cuMemcpyHtoD_v2(dst_device: sys::CUdeviceptr, src_host: *const c_void, byte_count: usize);
    fn cuMemcpyHtoDAsync_v2(dst_device: sys::CUdeviceptr, src_host: *const c_void, byte_count: usize, h_stream: sys::CUstream);
    fn cuMemcpyDtoH_v2(dst_host: *mut c_void, src_device: sys::CUdeviceptr, byte_count: usize);
    fn cuMemcpyDtoHAsync_v2(dst_host: *mut c_void, src_device: sys::CUdeviceptr, byte_count: usize, h_stream: sys::CUstream);
    fn cuMemcpyDtoD_v2(dst_device: sys::CUdeviceptr, src_device: sys::CUdeviceptr, byte_count: usize);
    fn cuMemcpyDtoDAsync_v2(dst_device: sys::CUdeviceptr, src_device: sys::CUdeviceptr, byte_count: usize, h_stream: sys::CUstream);
    fn cuMemsetD8_v2(dst_device: sys::CUdeviceptr, uc: c_uchar, n: usize) unless n == 0;
    fn cuMemsetD8Async(dst_device: sys::CUdeviceptr, uc: c_uchar, n: usize, h_stream: sys::CUstream) unless n == 0;
    fn cuStreamCreate(ph_stream: *mut sys::CUstream, flags: c_uint);
    fn cuStreamSynchronize(h_stream: sys::CUstream);
    fn cuStreamWaitEvent(h_stream: sys::CUstream, h_event: sys::CUevent, flags: c_uint);
    fn cuEventCreate(ph_event: *mut sys::CUevent, flags: c_uint);
    fn cuEventRecord(h_event: sys::CUevent, h_stream: sys::CUstream);
    fn cuLaunchKernel(f: sys::CUfunction, grid_dim_x: c_uint, grid_dim_y: c_uint, grid_dim_z: c_uint, block_dim_x: c_uint, block_dim_y: c_uint, block_dim_z: c_uint, shared_mem_bytes: c_uint, h_stream: sys::CUstream, kernel_params: *mut *mut c_void, extra: *mut *mut c_void);
}

// cudarc panics if it cannot free something while dropping it, and a panic while another one unwinds ends the
// process. Nothing can be freed once the GPU is lost, and the call that lost it has returned an error.
forward! {
    driver_frees, driver, driver, CUresult::CUDA_ERROR_STUB_LIBRARY, freed;
    fn cuDevicePrimaryCtxRelease_v2(dev: sys::CUdevice);
    fn cuModuleUnload(hmod: sys::CUmodule);
    fn cuMemFree_v2(dptr: sys::CUdeviceptr) unless dptr == 0;
    fn cuMemFreeAsync(dptr: sys::CUdeviceptr, h_stream: sys::CUstream) unless dptr == 0;
    fn cuStreamDestroy_v2(h_stream: sys::CUstream);
    fn cuEventDestroy_v2(h_event: sys::CUevent);
}

forward! {
    cublas_frees, cublas, cublas, cublasStatus_t::CUBLAS_STATUS_NOT_INITIALIZED, freed;
    fn cublasDestroy_v2(handle: sys::cublasHandle_t);
}

forward! {
    cublas_calls, cublas, cublas, cublasStatus_t::CUBLAS_STATUS_NOT_INITIALIZED, of;
    fn cublasGetProperty(property: sys::libraryPropertyType, value: *mut c_int);
    fn cublasCreate_v2(handle: *mut sys::cublasHandle_t);
    fn cublasSetStream_v2(handle: sys::cublasHandle_t, stream_id: sys::cudaStream_t);
    fn cublasSgemm_v2(handle: sys::cublasHandle_t, transa: sys::cublasOperation_t, transb: sys::cublasOperation_t, m: c_int, n: c_int, k: c_int, alpha: *const f32, a: *const f32, lda: c_int, b: *const f32, ldb: c_int, beta: *const f32, c: *mut f32, ldc: c_int);
    fn cublasSgemmStridedBatched(handle: sys::cublasHandle_t, transa: sys::cublasOperation_t, transb: sys::cublasOperation_t, m: c_int, n: c_int, k: c_int, alpha: *const f32, a: *const f32, lda: c_int, stride_a: c_longlong, b: *const f32, ldb: c_int, stride_b: c_longlong, beta: *const f32, c: *mut f32, ldc: c_int, stride_c: c_longlong, batch_count: c_int);
    fn cublasDgemm_v2(handle: sys::cublasHandle_t, transa: sys::cublasOperation_t, transb: sys::cublasOperation_t, m: c_int, n: c_int, k: c_int, alpha: *const f64, a: *const f64, lda: c_int, b: *const f64, ldb: c_int, beta: *const f64, c: *mut f64, ldc: c_int);
    fn cublasDgemmStridedBatched(handle: sys::cublasHandle_t, transa: sys::cublasOperation_t, transb: sys::cublasOperation_t, m: c_int, n: c_int, k: c_int, alpha: *const f64, a: *const f64, lda: c_int, stride_a: c_longlong, b: *const f64, ldb: c_int, stride_b: c_longlong, beta: *const f64, c: *mut f64, ldc: c_int, stride_c: c_longlong, batch_count: c_int);
}

forward! {
    nvrtc_calls, nvrtc, nvrtc, nvrtcResult::NVRTC_ERROR_INTERNAL_ERROR, of;
    fn nvrtcCreateProgram(prog: *mut sys::nvrtcProgram, src: *const c_char, name: *const c_char, num_headers: c_int, headers: *const *const c_char, include_names: *const *const c_char);
    fn nvrtcDestroyProgram(prog: *mut sys::nvrtcProgram);
    fn nvrtcCompileProgram(prog: sys::nvrtcProgram, num_options: c_int, options: *const *const c_char);
    fn nvrtcGetPTXSize(prog: sys::nvrtcProgram, ptx_size_ret: *mut usize);
    fn nvrtcGetPTX(prog: sys::nvrtcProgram, ptx: *mut c_char);
    fn nvrtcGetProgramLogSize(prog: sys::nvrtcProgram, log_size_ret: *mut usize);
    fn nvrtcGetProgramLog(prog: sys::nvrtcProgram, log: *mut c_char);
}
