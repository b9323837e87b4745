# Corrects one thing in the libzmq that is built in. A DEALER with ZMQ_IMMEDIATE whose connection ends while a
# multipart message is read from it aborts the process, with "Assertion failed: !_more (src/fq.cpp:112)"
# (https://github.com/zeromq/libzmq/issues/3663): libzmq handles the end of connections at every 100th frame,
# and the rest of the message goes with its connection. A peer that sends long messages and resets would end
# any node. Here recv fails with ECONNRESET instead, once, and the next message is read from its beginning.

# Sets VARIABLE in the caller's scope; the text must hold OLD exactly once.
function(spot_replace_once variable old new)
  string(FIND "${${variable}}" "${old}" first)
  string(FIND "${${variable}}" "${old}" last REVERSE)
  if(first EQUAL -1 OR NOT first EQUAL last)
    message(FATAL_ERROR "libzmq: src/fq.cpp is not as expected; SpotLibzmqFix.cmake does not know this version")
  endif()
  string(REPLACE "${old}" "${new}" text "${${variable}}")
  set(${variable} "${text}" PARENT_SCOPE)
endfunction()

# spot_correct_libzmq(SOURCE_DIR): replaces src/fq.cpp in libzmq's target `objects` by a corrected copy.
function(spot_correct_libzmq source_dir)
  file(READ "${source_dir}/src/fq.cpp" text)
  if(NOT text MATCHES "zmq_assert \\(!_more\\)")
    message(STATUS "libzmq: src/fq.cpp needs no correction")
    return()
  endif()

  set(reset "{\n_more = false;\nrc = msg_->init ();\nerrno_assert (rc == 0);\nerrno = ECONNRESET;\nreturn -1;\n}\n")
  # What the connection of the last frame is: unset when that is gone.
  spot_replace_once(text "            if (!_more) {\n                _last_in = _pipes[_current];\n"
                         "_last_in = _pipes[_current];\nif (!_more) {\n")
  spot_replace_once(text "    //  Round-robin over the pipes" "if (_more && !_last_in) ${reset}    //  Round-robin over the pipes")
  spot_replace_once(text "        zmq_assert (!_more);\n" "const bool cut = _more;\n")
  spot_replace_once(
    text "        _pipes.swap (_current, _active);\n        if (_current == _active)\n            _current = 0;\n    }\n\n    //  No message"
    "_pipes.swap (_current, _active);\nif (_current == _active)\n_current = 0;\nif (cut) ${reset}}\n\n    //  No message")

  set(corrected "${libzmq_BINARY_DIR}/corrected/fq.cpp")
  file(CONFIGURE OUTPUT "${corrected}" CONTENT "${text}" @ONLY) # writes it only when it differs
  get_target_property(sources objects SOURCES)
  list(TRANSFORM sources REPLACE "^.*/src/fq\\.cpp$" "${corrected}")
  if(NOT corrected IN_LIST sources)
    message(FATAL_ERROR "libzmq: src/fq.cpp is not among its sources")
  endif()
  set_target_properties(objects PROPERTIES SOURCES "${sources}")
  target_include_directories(objects PRIVATE "${source_dir}/src")
endfunction()
