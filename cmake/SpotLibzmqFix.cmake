# Corrects two faults of libzmq in the copy that is built in.
#
# 1. libzmq can end the process when a connection ends while a message is read from it
#    (https://github.com/zeromq/libzmq/issues/3663). With the correction, recv fails once with ECONNRESET, and the next
#    message is read from its beginning.
# 2. libzmq ends the connections of peers that speak ZMTP 2.0 or 1.0 when ZMQ_HANDSHAKE_IVL is over, because it does not
#    cancel the timer of the handshake for them (https://github.com/zeromq/libzmq/issues/4076, corrected in 4.3.5).
#
# Each correction replaces exact lines of a source file, and the configuration fails if the file does not have them.

# Replaces OLD by NEW in VARIABLE of the caller's scope. The text must hold OLD exactly once.
function(spot_replace_once variable old new)
  string(FIND "${${variable}}" "${old}" first)
  string(FIND "${${variable}}" "${old}" last REVERSE)
  if(first EQUAL -1 OR NOT first EQUAL last)
    message(FATAL_ERROR "libzmq: its sources are not as expected; SpotLibzmqFix.cmake does not know this version")
  endif()
  string(REPLACE "${old}" "${new}" text "${${variable}}")
  set(${variable} "${text}" PARENT_SCOPE)
endfunction()

# spot_replace_source(FILE TEXT): libzmq's target `objects` is built with a copy of src/FILE that holds TEXT.
function(spot_replace_source file text)
  set(corrected "${libzmq_BINARY_DIR}/corrected/${file}")
  file(CONFIGURE OUTPUT "${corrected}" CONTENT "${text}" @ONLY) # writes it only when it differs
  get_target_property(sources objects SOURCES)
  string(REPLACE "." "\\." name "${file}")
  list(TRANSFORM sources REPLACE "^.*/src/${name}$" "${corrected}")
  if(NOT corrected IN_LIST sources)
    message(FATAL_ERROR "libzmq: src/${file} is not among its sources")
  endif()
  set_target_properties(objects PROPERTIES SOURCES "${sources}")
endfunction()

function(spot_correct_fair_queue source_dir)
  file(READ "${source_dir}/src/fq.cpp" text)
  if(NOT text MATCHES "zmq_assert \\(!_more\\)")
    message(STATUS "libzmq: src/fq.cpp needs no correction")
    return()
  endif()

  set(reset "{\n_more = false;\nrc = msg_->init ();\nerrno_assert (rc == 0);\nerrno = ECONNRESET;\nreturn -1;\n}\n")
  # _last_in is the connection of the last frame; libzmq unsets it when that connection is gone.
  spot_replace_once(text "            if (!_more) {\n                _last_in = _pipes[_current];\n"
                         "_last_in = _pipes[_current];\nif (!_more) {\n")
  spot_replace_once(text "    //  Round-robin over the pipes" "if (_more && !_last_in) ${reset}    //  Round-robin over the pipes")
  spot_replace_once(text "        zmq_assert (!_more);\n" "const bool cut = _more;\n")
  spot_replace_once(
    text "        _pipes.swap (_current, _active);\n        if (_current == _active)\n            _current = 0;\n    }\n\n    //  No message"
    "_pipes.swap (_current, _active);\nif (_current == _active)\n_current = 0;\nif (cut) ${reset}}\n\n    //  No message")
  spot_replace_source(fq.cpp "${text}")
endfunction()

function(spot_correct_handshake_timer source_dir)
  file(READ "${source_dir}/src/stream_engine_base.cpp" text)
  if(text MATCHES "_session->engine_ready \\(\\);[ \n]*if \\(_has_handshake_timer\\)")
    message(STATUS "libzmq: src/stream_engine_base.cpp needs no correction")
    return()
  endif()

  # The timer is cancelled only once the peer's first frame, its identity, has come. Until then a program with another
  # protocol may look like a peer of ZMTP 1.0, and its connection must end.
  spot_replace_once(
    text "        if (rc == -1)\n            break;\n    }\n\n    //  Tear down the connection if we have failed to decode"
    "if (rc == -1)\nbreak;\nif (_has_handshake_timer && _mechanism == NULL) {\ncancel_timer (handshake_timer_id);\n_has_handshake_timer = false;\n}\n}\n\n    //  Tear down the connection if we have failed to decode")
  spot_replace_source(stream_engine_base.cpp "${text}")
endfunction()

# spot_correct_libzmq(SOURCE_DIR): replaces sources in libzmq's target `objects` by corrected copies.
function(spot_correct_libzmq source_dir)
  spot_correct_fair_queue("${source_dir}")
  spot_correct_handshake_timer("${source_dir}")
  target_include_directories(objects PRIVATE "${source_dir}/src")
endfunction()
