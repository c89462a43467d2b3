#include "codegen/kernel/KernelEncoding.h"

#include "support/ByteStream.h"

namespace ninc {

namespace {

template <class Stream, class Argument>
void walkArgument(Stream &stream, Argument &argument) {
  stream.number(argument.role);
  stream.number(argument.index);
  stream.number(argument.offset);
  stream.sequence(argument.dimensions);
  stream.number(argument.element);
}

template <class Stream, class AnyLaunch>
void walkLaunch(Stream &stream, AnyLaunch &launch) {
  stream.sequence(launch.entry);
  stream.number(launch.blocks);
  stream.number(launch.threads);
  stream.number(launch.sharedBytes);
  stream.sequence(launch.arguments);
}

template <class Stream, class AnyKernel>
void walkKernel(Stream &stream, AnyKernel &kernel) {
  stream.sequence(kernel.symbol);
  stream.number(kernel.scratchBytes);
  stream.number(kernel.scratchBytesPerThread);
  stream.sequence(kernel.object);
  stream.each(kernel.arguments, [](auto &to, auto &argument) { walkArgument(to, argument); });
  stream.each(kernel.launches, [](auto &to, auto &launch) { walkLaunch(to, launch); });
}

} // namespace

std::string encode(const Result<Kernel> &kernel) {
  return encodeResult(kernel, [](auto &to, auto &one) { walkKernel(to, one); });
}

Result<Kernel> decodeKernel(std::string bytes) {
  auto kernel = decodeResult<Kernel>(std::move(bytes), [](auto &from, auto &one) { walkKernel(from, one); });
  if (kernel) return std::move(*kernel);
  return failInternal("a kernel came back incomplete from the process that compiled it");
}

} // namespace ninc
