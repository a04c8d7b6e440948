// The process that holds a pod's namespaces, as in pause.amd64.s, which has the reasons.

        .set    load_address, 0x400000

        .set    SYS_exit_group, 94
        .set    SYS_rt_sigaction, 134
        .set    SYS_rt_sigprocmask, 135
        .set    SYS_rt_sigtimedwait, 137
        .set    SIGCHLD, 17
        .set    EINTR, 4
        .set    sigset_size, 8

file:   .byte   0x7f, 'E', 'L', 'F', 2, 1, 1, 0         // 64 bits, little endian
        .quad   0
        .short  2, 183                                  // ET_EXEC, EM_AARCH64
        .long   1
        .quad   load_address + (_start - file)
        .quad   segments - file
        .quad   0                                       // no sections
        .long   0
        .short  _header_end - file, 56, 2, 64, 0, 0
_header_end:

segments:
        .long   1, 5                                    // PT_LOAD, read and execute
        .quad   0, load_address, load_address
        .quad   file_end - file, file_end - file, 0x10000
        .long   0x6474e551, 6                           // PT_GNU_STACK, not executable
        .quad   0, 0, 0, 0, 0, 16

// struct sigaction of the kernel: SIG_IGN, no flags, no restorer, empty mask
ignore: .quad   1, 0, 0, 0
stop:   .quad   (1 << (2 - 1)) | (1 << (15 - 1))        // SIGINT and SIGTERM

_start: mov     x8, SYS_rt_sigaction
        mov     x0, SIGCHLD
        adr     x1, ignore
        mov     x2, 0
        mov     x3, sigset_size
        svc     0

        mov     x8, SYS_rt_sigprocmask
        mov     x0, 0                                   // SIG_BLOCK
        adr     x1, stop
        svc     0

again:  mov     x8, SYS_rt_sigtimedwait
        adr     x0, stop
        mov     x1, 0
        svc     0
        cmn     w0, EINTR                               // stopped and continued
        b.eq    again

        lsr     w0, w0, 31                              // 0 after a signal, 1 if waiting failed
        mov     x8, SYS_exit_group
        svc     0
file_end:
